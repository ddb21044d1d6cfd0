import { useQueryClient } from "@tanstack/react-query";
import { type ReactElement, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../api/problems";
import { useKeys } from "../../app/keyboard";
import { Told } from "../../ui/Told";
import { PRESETS, type Window } from "../../viewer/presets";
import { valueUnitOf } from "../../viewer/quality";
import type { SeriesSummary } from "../../viewer/dicomweb";
import type { Reformat } from "../../viewer/reformat";
import type { Steered } from "../../viewer/steered";
import type { ToolName } from "../../viewer/viewport";
import { isMeasureKind } from "../../viewer/measure";
import type { Drawing } from "./drawing";
import { asProtocol, hungLayout } from "./hanging";
import { ImageCell } from "./ImageCell";
import { hasPrior, LAYOUTS, type LayoutName, withActive, withCellSeries, withName, withPrior, withSlice } from "./layout";
import { placeOf } from "./marks";
import { priorFor, seriesBeside } from "./priors";
import styles from "./reading.module.css";
import { ReformatArea } from "./ReformatArea";
import type { Study } from "./study";
import { Toolbar } from "./Toolbar";
import type { Areas } from "./useAreas";
import { useCine } from "./useCine";
import type { Hanging } from "./useHanging";
import { useImageKeys } from "./useImageKeys";
import type { KeyImages } from "./useKeyImages";
import type { LayoutInAddress } from "./useLayout";
import { useRenderer } from "./useRenderer";
import type { Findings } from "./useFindings";
import { readSeries } from "./useStudySeries";

interface Props {
  study: Study;
  series: readonly SeriesSummary[];
  placed: LayoutInAddress;
  hanging: Hanging;
  renderer: string | undefined;
  areas: Areas;
  drawing: Drawing;
  target: Findings["target"];
  isOverlayShown: boolean;
  keyImages: KeyImages;
  onSecondWindow: (() => void) | null;
  /** What the study is of, to find its prior. */
  examined: { date: string; modality: string; bodyPart: string };
}

/** The places of the layout, their tools and their keys. */
export function ImageArea(props: Props): ReactElement {
  const { t } = useTranslation();
  const { study, placed, areas, keyImages } = props;
  const { layout, change, follow } = placed;
  const { isTaken } = props.drawing;
  const [chosenTool, setTool] = useState<ToolName>("window");
  const tool = isTaken && isMeasureKind(chosenTool) ? "window" : chosenTool;
  const [told, setTold] = useState<string | null>(null);
  const active = areas.open[layout.active] ?? null;
  const viewport = active?.viewport ?? null;
  const cine = useCine(viewport);
  const prior = usePrior(props, setTold);
  const protocol = useProtocol(props, setTold);
  const [reformat, setReformat] = useState<Reformat | null>(null);
  const renderer = useRenderer(props.renderer);
  const activeCell = layout.cells[layout.active] ?? null;
  const isReformatted = layout.isReformatted && renderer === "gpu" && activeCell !== null;
  const steered: Steered | null = isReformatted ? reformat : viewport;
  const take = (asked: ToolName): void => (isTaken && isMeasureKind(asked) ? setTold(t("panel.taken")) : setTool(asked));
  useImageKeys(steered, take);
  useEffect(() => {
    if (layout.isLinked) areas.link.turnOn();
    else areas.link.turnOff();
  }, [areas.link, layout.isLinked]);
  const name = (next: LayoutName): void =>
    change((now) => withName(now, next, props.series.map((each) => ({ study: study.uid, series: each.uid }))));
  const link = (): void => {
    if (!layout.isLinked) areas.link.align(String(layout.active));
    change((now) => ({ ...now, isLinked: !now.isLinked }));
  };
  const toggleReformat = (): void => {
    setTold(null);
    // The address follows the slice only when scrolling pauses.
    const at = active === null ? null : active.viewport.index + 1;
    change((now) => ({ ...(at === null ? now : withSlice(now, now.active, at)), isReformatted: !now.isReformatted }));
  };
  const markKey = (): void => {
    const slice = active?.stack.slices[active.viewport.index];
    if (layout.cells[layout.active]?.study !== study.uid) setTold(t("reading.keyImageOfPrior"));
    else if (isTaken) setTold(t("panel.taken"));
    else if (keyImages.isSettled) setTold(t("reading.keyImageSettled"));
    else if (slice !== undefined) keyImages.toggle(placeOf(slice));
  };
  useKeys({
    cine: cine.toggle,
    layoutNext: () => name(LAYOUTS[(LAYOUTS.indexOf(layout.name) + 1) % LAYOUTS.length] ?? "1x1"),
    viewportNext: () => change((now) => withActive(now, (now.active + 1) % now.cells.length)),
    prior: prior.toggle,
    link,
    hangingSave: protocol.keep,
    keyImage: markKey,
    reformat: () => (renderer === "cpu" ? setTold(t("reading.noMpr")) : toggleReformat()),
  });
  return (
    <>
      {told !== null && (
        <Told onClose={() => setTold(null)}>{told}</Told>
      )}
      <div className={styles.area} data-layout={isReformatted ? "mpr" : layout.name}>
        {isReformatted && (
          <ReformatArea
            key={`${activeCell.study} ${activeCell.series}`}
            study={study}
            cell={activeCell}
            title={study.titleOf(activeCell)}
            drawing={props.drawing}
            target={props.target}
            isOverlayShown={props.isOverlayShown}
            onReformat={setReformat}
          />
        )}
        {!isReformatted && layout.cells.map((cell, at) => (
          <ImageCell
            key={at}
            at={at}
            cell={cell}
            study={study}
            areas={areas}
            isActive={layout.cells.length === 1 ? null : at === layout.active}
            renderer={props.renderer}
            tool={tool}
            drawing={props.drawing}
            target={props.target}
            isOverlayShown={props.isOverlayShown}
            onActive={() => {
              setTold(null);
              if (at !== layout.active) follow((now) => withActive(now, at));
            }}
            onSlice={(slice) => follow((now) => withSlice(now, at, slice))}
            onSeries={(of, series) => change((now) => withCellSeries(now, at, of, series))}
          />
        ))}
      </div>
      <Toolbar
        tool={tool}
        viewport={steered}
        layout={layout}
        cine={cine}
        hasPrior={hasPrior(layout, study.uid)}
        keyImageCount={keyImages.marked.length}
        isTaken={isTaken}
        onTool={take}
        onPreset={(preset) => steered?.setWindow(PRESETS[preset])}
        onLayout={name}
        onPrior={prior.isThere ? prior.toggle : null}
        onLink={link}
        onHangingKeep={protocol.keep}
        onHangingForget={props.hanging.hung?.is_own === true ? protocol.forget : null}
        onReformat={renderer === "gpu" ? toggleReformat : null}
        onKeyImage={markKey}
        onSecondWindow={props.onSecondWindow}
      />
    </>
  );
}

/** The newest prior that is alike, beside what is shown. */
function usePrior({ study, series, placed, examined }: Props, tell: (words: string | null) => void): { isThere: boolean; toggle: () => void } {
  const { t } = useTranslation();
  const client = useQueryClient();
  const { layout, change } = placed;
  const found = priorFor(examined, study.priors);
  const lay = async (): Promise<void> => {
    if (found === undefined) return tell(t("reading.noPrior"));
    const shown = series.find((each) => layout.cells.some((cell) => cell?.series === each.uid)) ?? series[0];
    const offered = await readSeries(client, study.hospital, found.study_instance_uid);
    const beside = shown === undefined ? undefined : seriesBeside(shown, offered);
    if (beside === undefined) return tell(t("reading.noPriorImages"));
    return change((now) => withPrior(now, study.uid, { study: found.study_instance_uid, series: beside.uid }));
  };
  const toggle = (): void => {
    tell(null);
    lay().catch((fault: unknown) => tell(inWords(fault, t)));
  };
  return { isThere: found !== undefined, toggle };
}

/** Keeps what hangs now for examinations of this kind, and gives that up again. */
function useProtocol({ areas, placed, hanging }: Props, tell: (words: string | null) => void): { keep: () => void; forget: () => void } {
  const { t } = useTranslation();
  const { kind } = hanging.hung ?? {};
  const of = kind === undefined ? "" : [kind.modality, kind.region === "" ? "" : t(`templates.bodyParts.${kind.region as Region}`)].filter(Boolean).join(" ");
  const windowAt = (at: number): Window | null => {
    const area = areas.open[at];
    const metadata = area?.stack.slices[0]?.metadata;
    return area != null && metadata !== undefined && valueUnitOf(metadata) === "HU" ? area.viewport.window : null;
  };
  return {
    keep: () => {
      hanging.keep(asProtocol(placed.layout, windowAt)).then(
        () => tell(t("reading.hangingKept", { of })),
        (fault: unknown) => tell(inWords(fault, t)),
      );
    },
    forget: () => {
      hanging.forget().then(
        (built) => {
          placed.change((now) => hungLayout(built) ?? now);
          tell(t("reading.hangingForgotten", { of }));
        },
        (fault: unknown) => tell(inWords(fault, t)),
      );
    },
  };
}

type Region = "head" | "neck" | "spine" | "chest" | "heart" | "breast" | "abdomen" | "pelvis" | "limbs";
