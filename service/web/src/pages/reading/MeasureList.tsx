import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import controls from "../../ui/controls.module.css";
import { Icon } from "../../ui/icons";
import { figuresOf } from "../../viewer/measure";
import { spacingOf } from "../../viewer/plane";
import type { Slice } from "../../viewer/slices";
import { isOn, wordsOf } from "./drawing";
import styles from "./panel.module.css";
import type { Measures } from "./useMeasures";

interface Props {
  measures: Measures;
  /** Of every stack that is shown. */
  slices: readonly Slice[];
  onJump: (slice: Slice) => void;
}

/** What the reader measured, with a way to each and a way to be rid of it. */
export function MeasureList({ measures, slices, onJump }: Props): ReactElement | null {
  const { t } = useTranslation();
  if (measures.all.length === 0) return null;
  return (
    <section className={styles.part}>
      <h2>{t("measures.title")}</h2>
      {measures.all.map((each) => {
        const slice = slices.find((of) => isOn(each, of));
        const at = slice === undefined ? 0 : placeInSeries(slice, slices);
        const figures = slice === undefined ? null : figuresOf(each, spacingOf(slice), null);
        const words = figures === null ? [] : wordsOf(figures, t, "");
        return (
          <div key={each.id} className={styles.measure}>
            <button
              className={`${controls.button} ${controls.quiet}`}
              disabled={slice === undefined}
              onClick={() => (slice === undefined ? undefined : onJump(slice))}
            >
              {t(`measures.kind.${each.kind}`)} {words.join(" ")}
              {slice !== undefined && <small> {t("measures.onSlice", { at })}</small>}
            </button>
            <button
              className={`${controls.button} ${controls.quiet}`}
              aria-label={t("measures.remove")}
              title={t("measures.remove")}
              onClick={() => measures.remove(each.id)}
            >
              <Icon name="close" />
            </button>
          </div>
        );
      })}
    </section>
  );
}

/** 1-based, as the image area counts: `slices` may hold those of several series. */
function placeInSeries(slice: Slice, slices: readonly Slice[]): number {
  const seriesOf = ({ metadata }: Slice): unknown => metadata["0020000E"]?.Value?.[0];
  return slices.filter((each) => seriesOf(each) === seriesOf(slice)).indexOf(slice) + 1;
}
