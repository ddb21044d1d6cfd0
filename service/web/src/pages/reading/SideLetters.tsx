import type { ReactElement } from "react";
import { useTranslation } from "react-i18next";

import type { Sides } from "../../viewer/orientation";
import styles from "./reading.module.css";

type Side = "R" | "L" | "A" | "P" | "H" | "F";

/** Which side of the patient lies at each edge of an image, in the reader's language. */
export function SideLetters({ sides }: { sides: Sides }): ReactElement {
  const { t } = useTranslation();
  const side = (letters: string): string => [...letters].map((letter) => t(`reading.side.${letter as Side}`)).join("");
  return (
    <>
      <span className={styles.left} data-side="left">{side(sides.left)}</span>
      <span className={styles.right} data-side="right">{side(sides.right)}</span>
      <span className={styles.top} data-side="top">{side(sides.top)}</span>
      <span className={styles.bottom} data-side="bottom">{side(sides.bottom)}</span>
    </>
  );
}
