import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { type Action, keyboard, printed } from "../../app/keyboard";
import controls from "../../ui/controls.module.css";
import { PRESETS, type PresetName } from "../../viewer/presets";
import type { ToolName } from "../../viewer/viewport";
import styles from "./reading.module.css";

interface Props {
  tool: ToolName;
  isInverted: boolean;
  onTool: (tool: ToolName) => void;
  onPreset: (name: PresetName) => void;
  onInvert: () => void;
  onReset: () => void;
}

const TOOLS: readonly (readonly [ToolName, Action])[] = [
  ["window", "toolWindow"],
  ["zoom", "toolZoom"],
  ["pan", "toolPan"],
  ["length", "toolLength"],
  ["bidirectional", "toolBidirectional"],
  ["ellipse", "toolEllipse"],
  ["angle", "toolAngle"],
];
const PRESET_KEYS: Record<PresetName, Action> = {
  lung: "presetLung",
  mediastinum: "presetMediastinum",
  bone: "presetBone",
  brain: "presetBrain",
  stroke: "presetStroke",
  abdomen: "presetAbdomen",
  liver: "presetLiver",
  cta: "presetCta",
};

export function Toolbar(props: Props): ReactElement {
  const { t } = useTranslation();
  return (
    <footer className={styles.tools}>
      <div role="group" aria-label={t("reading.tools")}>
        {TOOLS.map(([tool, action]) => (
          <button
            key={tool}
            className={`${controls.button} ${controls.quiet} ${styles.tool}`}
            aria-pressed={props.tool === tool}
            onClick={() => props.onTool(tool)}
          >
            {t(`reading.tool.${tool}`)} <Keys action={action} />
          </button>
        ))}
      </div>
      <div role="group" aria-label={t("reading.presets")}>
        {(Object.keys(PRESETS) as PresetName[]).map((name) => (
          <button
            key={name}
            className={`${controls.button} ${controls.quiet} ${styles.tool}`}
            title={printed(keyboard.table[PRESET_KEYS[name]][0] ?? "").join(" ")}
            onClick={() => props.onPreset(name)}
          >
            {t(`reading.preset.${name}`)}
          </button>
        ))}
      </div>
      <div>
        <button
          className={`${controls.button} ${controls.quiet} ${styles.tool}`}
          aria-pressed={props.isInverted}
          onClick={props.onInvert}
        >
          {t("reading.invert")} <Keys action="invert" />
        </button>
        <button className={`${controls.button} ${controls.quiet} ${styles.tool}`} onClick={props.onReset}>
          {t("reading.reset")} <Keys action="reset" />
        </button>
      </div>
    </footer>
  );
}

function Keys({ action }: { action: Action }): ReactElement {
  return (
    <>
      {printed(keyboard.table[action][0] ?? "").map((key) => (
        <kbd key={key}>{key}</kbd>
      ))}
    </>
  );
}
