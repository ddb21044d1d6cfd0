import type { ReactElement, ReactNode } from "react";
import { useTranslation } from "react-i18next";

import { type Action, keyboard, printed } from "../../app/keyboard";
import controls from "../../ui/controls.module.css";
import { type Speed, SPEEDS } from "../../viewer/cine";
import { isMeasureKind } from "../../viewer/measure";
import { PRESETS, type PresetName } from "../../viewer/presets";
import type { Steered } from "../../viewer/steered";
import type { ToolName } from "../../viewer/viewport";
import { type Layout, LAYOUTS, type LayoutName } from "./layout";
import styles from "./reading.module.css";
import type { CineControl } from "./useCine";

interface Props {
  tool: ToolName;
  /** The active one; null while nothing is shown there. */
  viewport: Steered | null;
  layout: Layout;
  cine: CineControl;
  hasPrior: boolean;
  keyImageCount: number;
  /** Another reader holds the examination: images are looked at only. */
  isTaken: boolean;
  onTool: (tool: ToolName) => void;
  onPreset: (name: PresetName) => void;
  onLayout: (name: LayoutName) => void;
  /** Null where there is no prior that is alike. */
  onPrior: (() => void) | null;
  onLink: () => void;
  /** Keeps what hangs now as the way this kind of examination is hung. */
  onHangingKeep: () => void;
  /** Returns to the built-in protocol; null where that holds. */
  onHangingForget: (() => void) | null;
  /** Null where no volume can be drawn. */
  onReformat: (() => void) | null;
  onKeyImage: () => void;
  /** Null in the second window itself. */
  onSecondWindow: (() => void) | null;
}

/** Actions that the help names one by one. */
type ToolAction = Exclude<Action, `finding${number}`>;

const TOOLS: readonly (readonly [ToolName, ToolAction])[] = [
  ["window", "toolWindow"],
  ["zoom", "toolZoom"],
  ["pan", "toolPan"],
  ["length", "toolLength"],
  ["bidirectional", "toolBidirectional"],
  ["ellipse", "toolEllipse"],
  ["angle", "toolAngle"],
];
const PRESET_KEYS: Record<PresetName, ToolAction> = {
  lung: "presetLung",
  mediastinum: "presetMediastinum",
  bone: "presetBone",
  brain: "presetBrain",
  stroke: "presetStroke",
  abdomen: "presetAbdomen",
  liver: "presetLiver",
  cta: "presetCta",
};

/** Everything that is done to images, with its key. */
export function Toolbar(props: Props): ReactElement {
  const { t } = useTranslation();
  const { viewport, layout, cine } = props;
  const whyOff = props.isTaken ? t("panel.taken") : undefined;
  return (
    <footer className={styles.tools}>
      <div role="group" aria-label={t("reading.tools")}>
        {TOOLS.map(([tool, action]) => (
          <Tool key={tool} action={action} isOn={props.tool === tool} whyOff={isMeasureKind(tool) ? whyOff : undefined} onPress={() => props.onTool(tool)}>
            {t(`reading.tool.${tool}`)}
          </Tool>
        ))}
      </div>
      <div role="group" aria-label={t("reading.layout")}>
        {LAYOUTS.map((name) => (
          <button
            key={name}
            className={`${controls.button} ${controls.quiet} ${styles.tool}`}
            aria-pressed={layout.name === name && !layout.isReformatted}
            title={`${t("keys.layoutNext")} ${printed(keyboard.table.layoutNext[0] ?? "").join(" ")}`}
            onClick={() => props.onLayout(name)}
          >
            {name.replace("x", "×")}
          </button>
        ))}
        <Tool action="reformat" isOn={layout.isReformatted} isOff={props.onReformat === null} onPress={() => props.onReformat?.()}>
          {t("reading.reformat")}
        </Tool>
        <Tool action="prior" isOn={props.hasPrior} isOff={props.onPrior === null} onPress={() => props.onPrior?.()}>
          {t("reading.prior")}
        </Tool>
        <Tool action="link" isOn={layout.isLinked} onPress={props.onLink}>
          {t("reading.link")}
        </Tool>
        <Tool action="hangingSave" onPress={props.onHangingKeep}>
          {t("reading.hangingKeep")}
        </Tool>
        {props.onHangingForget !== null && (
          <button className={`${controls.button} ${controls.quiet} ${styles.tool}`} onClick={props.onHangingForget}>
            {t("reading.hangingForget")}
          </button>
        )}
        {props.onSecondWindow !== null && (
          <Tool action="secondWindow" onPress={props.onSecondWindow}>
            {t("reading.secondWindow")}
          </Tool>
        )}
      </div>
      <div role="group" className={styles.presets} aria-label={t("reading.presets")}>
        {(Object.keys(PRESETS) as PresetName[]).map((name) => (
          <Tool key={name} action={PRESET_KEYS[name]} onPress={() => props.onPreset(name)}>
            {t(`reading.preset.${name}`)}
          </Tool>
        ))}
      </div>
      <div role="group" aria-label={t("reading.view")}>
        <Tool action="invert" onPress={() => viewport?.invert()}>
          {t("reading.invert")}
        </Tool>
        <Tool action="flip" isOff={viewport !== null && viewport.flip === undefined} onPress={() => viewport?.flip?.()}>
          {t("reading.flip")}
        </Tool>
        <Tool action="rotate" isOff={viewport !== null && viewport.rotate === undefined} onPress={() => viewport?.rotate?.()}>
          {t("reading.rotate")}
        </Tool>
        <Tool action="reset" onPress={() => viewport?.reset()}>
          {t("reading.reset")}
        </Tool>
        <Tool action="cine" isOn={cine.isRunning} onPress={cine.toggle}>
          {t("reading.cine")}
        </Tool>
        <select
          className={styles.speed}
          aria-label={t("reading.speed")}
          value={cine.speed}
          onChange={(event) => cine.setSpeed(Number(event.target.value) as Speed)}
        >
          {SPEEDS.map((speed) => (
            <option key={speed} value={speed}>
              {t("reading.perSecond", { speed })}
            </option>
          ))}
        </select>
        <Tool action="keyImage" whyOff={whyOff} onPress={props.onKeyImage}>
          {t("reading.keyImage", { count: props.keyImageCount })}
        </Tool>
      </div>
    </footer>
  );
}

interface ToolProps {
  action: ToolAction;
  isOn?: boolean;
  isOff?: boolean;
  /** Said instead of what it does. */
  whyOff?: string | undefined;
  onPress: () => void;
  children: ReactNode;
}

/** The key stands beside the word where there is room, and in its title always. */
function Tool({ action, isOn, isOff, whyOff, onPress, children }: ToolProps): ReactElement {
  const { t } = useTranslation();
  const keys = printed(keyboard.table[action][0] ?? "");
  return (
    <button
      className={`${controls.button} ${controls.quiet} ${styles.tool}`}
      aria-pressed={isOn}
      disabled={isOff === true || whyOff !== undefined}
      title={whyOff ?? `${t(`keys.${action}`)} ${keys.join(" ")}`}
      onClick={onPress}
    >
      {children}{" "}
      <kbd>{keys.join("")}</kbd>
    </button>
  );
}
