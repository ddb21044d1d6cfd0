import type { ReactElement } from "react";

import controls from "./controls.module.css";
import page from "./page.module.css";

interface Props {
  /** What more there is, in words. */
  label: string;
  asked: { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => unknown };
}

/** The way to the next page of a list; nothing on the last. */
export function Earlier({ label, asked }: Props): ReactElement | null {
  if (!asked.hasNextPage) return null;
  return (
    <div className={page.acts}>
      <button type="button" className={controls.button} disabled={asked.isFetchingNextPage} onClick={() => void asked.fetchNextPage()}>
        {label}
      </button>
    </div>
  );
}
