import type { ReactElement, ReactNode } from "react";

import styles from "./controls.module.css";
import { Icon, type IconName } from "./icons";

const TONES = {
  told: { icon: "bell", className: "", role: "status" },
  warned: { icon: "clock", className: styles.warned ?? "", role: "alert" },
  wrong: { icon: "alert", className: styles.wrong ?? "", role: "alert" },
} as const satisfies Record<string, { icon: IconName; className: string; role: string }>;

/** A sentence that says what is and what to do; told by icon, colour and words, and read out when it appears. */
export function Notice({ tone, children }: { tone: keyof typeof TONES; children: ReactNode }): ReactElement {
  const { icon, className, role } = TONES[tone];
  return (
    <div className={`${styles.notice} ${className}`} role={role}>
      <Icon name={icon} />
      <div>{children}</div>
    </div>
  );
}
