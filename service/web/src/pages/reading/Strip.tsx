import type { PointerEvent, ReactElement } from "react";
import { useTranslation } from "react-i18next";

import styles from "./reading.module.css";

interface Props {
  /** 0-based. */
  index: number;
  count: number;
  onIndex: (index: number) => void;
}

/** The stack as a strip beside the image: where one is, and a way to any slice by pointer. Keys belong to the page. */
export function Strip({ index, count, onIndex }: Props): ReactElement {
  const { t } = useTranslation();
  const follow = (event: PointerEvent<HTMLDivElement>): void => {
    if (event.buttons !== 1) return;
    const { top, height } = event.currentTarget.getBoundingClientRect();
    const share = Math.max(0, Math.min(1, (event.clientY - top) / height));
    onIndex(Math.round(share * (count - 1)));
  };
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
      <div className={styles.thumb} style={{ top: `${(100 * (index + 0.5)) / count}%` }} />
    </div>
  );
}
