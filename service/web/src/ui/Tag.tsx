import type { ReactElement, ReactNode } from "react";

import { Icon, type IconName } from "./icons";
import styles from "./page.module.css";

const TONES = {
  ok: { icon: "check", colour: "var(--ok)" },
  off: { icon: "minus", colour: "var(--text-2)" },
  warned: { icon: "alert", colour: "var(--high)" },
  wrong: { icon: "cross", colour: "var(--critical)" },
  waits: { icon: "clock", colour: "var(--normal)" },
} as const satisfies Record<string, { icon: IconName; colour: string }>;

export type Tone = keyof typeof TONES;

/** A state in icon, colour and words. */
export function Tag({ tone, children }: { tone: Tone; children: ReactNode }): ReactElement {
  const { icon, colour } = TONES[tone];
  return (
    <span className={styles.tag} style={{ ["--tone" as string]: colour }}>
      <Icon name={icon} /> {children}
    </span>
  );
}
