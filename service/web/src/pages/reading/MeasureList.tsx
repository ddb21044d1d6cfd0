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
        const at = slices.findIndex((slice) => isOn(each, slice));
        const slice = slices[at];
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
              {slice !== undefined && <small> {t("measures.onSlice", { at: at + 1 })}</small>}
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
