import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import { inWords } from "../../../api/problems";
import controls from "../../../ui/controls.module.css";
import { Icon } from "../../../ui/icons";
import { Notice } from "../../../ui/Notice";
import { figuresOf, type Measure } from "../../../viewer/measure";
import { spacingOf } from "../../../viewer/plane";
import type { Slice } from "../../../viewer/slices";
import { isOn, wordsOf } from "../drawing";
import styles from "../panel.module.css";
import type { Placed } from "./measureBook";
import { placeInSeries } from "./placeInSeries";
import type { Measures } from "./useMeasures";

interface Props {
  measures: Measures;
  /** Another reader holds the examination: they are looked at only. */
  isTaken: boolean;
  /** Of every stack that is shown. */
  slices: readonly Slice[];
  /** in: where the centre says its image lies; undefined while it does not know the measure. */
  onJump: (measure: Measure, placed: Placed | undefined) => void;
}

/** What was measured, by the reader and by others, with a way to each and a way to be rid of one's own. */
export function MeasureList({ measures, isTaken, slices, onJump }: Props): ReactElement | null {
  const { t } = useTranslation();
  const { own, others, places, phase } = measures;
  if (own.length + others.length === 0 && phase.kind === "kept") return null;
  return (
    <section className={styles.part}>
      <h2>{t("measures.title")}</h2>
      {phase.kind === "waiting" && <Notice tone="warned">{phase.isLocked ? t("measures.waitingLocked") : t("measures.waiting")}</Notice>}
      {phase.kind === "refused" && <Notice tone="wrong">{inWords(phase.fault, t)}</Notice>}
      {[...own, ...others].map((each) => {
        const slice = slices.find((of) => isOn(each, of));
        const figures = slice === undefined ? null : figuresOf(each, spacingOf(slice), null);
        const words = figures === null ? [] : wordsOf(figures, t, "");
        return (
          <div key={each.id} className={styles.measure}>
            <button
              className={`${controls.button} ${controls.quiet}`}
              disabled={slice === undefined && places[each.id] === undefined}
              onClick={() => onJump(each, places[each.id])}
            >
              {t(`measures.kind.${each.kind}`)} {words.join(" ")}
              <small> {slice === undefined ? t("measures.elsewhere") : t("measures.onSlice", { at: placeInSeries(slice, slices) })}</small>
              {each.by !== undefined && <small> {each.by}</small>}
            </button>
            {each.by === undefined && (
              <button
                className={`${controls.button} ${controls.quiet}`}
                aria-label={t("measures.remove")}
                title={isTaken ? t("panel.taken") : t("measures.remove")}
                disabled={isTaken}
                onClick={() => measures.remove(each.id)}
              >
                <Icon name="close" />
              </button>
            )}
          </div>
        );
      })}
    </section>
  );
}
