import type { ReactElement } from "react";

import styles from "./page.module.css";

/** A UID where somebody may have to copy it: its end, which tells it from others; a click marks the whole. */
export function Uid({ children }: { children: string }): ReactElement {
  return (
    <bdi className={`${styles.mono} ${styles.uid}`} title={children}>
      {children}
    </bdi>
  );
}
