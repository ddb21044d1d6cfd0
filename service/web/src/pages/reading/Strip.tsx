import type { PointerEvent, ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { Tick } from "./marks";
import styles from "./reading.module.css";

interface Props {
  /** 0-based. */
  index: number;
  count: number;
  /** Slices with findings and key images. */
  ticks: readonly Tick[];
  onIndex: (index: number) => void;
}

/** The stack as a strip beside the image: where one is, where something is, and a way to any slice by pointer. */
export function Strip({ index, count, ticks, onIndex }: Props): ReactElement {
  const { t } = useTranslation();
  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    const { top, height } = event.currentTarget.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientY - top) / height));
    onIndex(Math.round(share * (count - 1)));
  };
  const top = (slice: number): string => `${(100 * (slice + 0.5)) / count}%`;
  return (
    <div
      className={styles.strip}
      role="slider"
      tabIndex={-1}
      aria-orientation="vertical"
      aria-label={t("reading.position")}
      aria-valuemin={1}
      aria-valuemax={count}
      aria-valuenow={index + 1}
      onPointerDown={(event) => {
        event.currentTarget.setPointerCapture(event.pointerId);
        follow(event);
      }}
      onPointerMove={follow}
    >
      {ticks.map(({ key, slice, colour, kind }) => (
        <i
          key={key}
          className={kind === "key" ? styles.keyTick : styles.tick}
          data-kind={kind}
          data-slice={slice + 1}
          style={{ top: top(slice), background: colour }}
        />
      ))}
      <div className={styles.thumb} style={{ top: top(index) }} />
    </div>
  );
}
