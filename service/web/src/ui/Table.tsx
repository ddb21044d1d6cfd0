import type { ReactElement, ReactNode } from "react";

import styles from "./page.module.css";

interface Props {
  /** What the table shows, for screen readers. */
  caption: string;
  /** Heads in the order of the cells. */
  heads: readonly string[];
  /** Rows: the first cell of each is a `th scope="row"`. */
  children: ReactNode;
}

/** A table with real heads; where it is wider than the screen it scrolls by itself, with the keyboard too. */
export function Table({ caption, heads, children }: Props): ReactElement {
  return (
    <div className={styles.tableBox} tabIndex={0} role="region" aria-label={caption}>
      <table className={styles.table}>
        <caption className="visually-hidden">{caption}</caption>
        <thead>
          <tr>
            {heads.map((head) => (
              <th key={head} scope="col">
                {head}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>{children}</tbody>
      </table>
    </div>
  );
}
