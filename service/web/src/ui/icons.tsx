import type { ReactElement } from "react";

import styles from "./controls.module.css";

/** 24-unit line drawings; a word always stands beside them, so they are hidden from screen readers. */
const PATHS = {
  alert: "M12 3 2.5 20h19zM12 10v4M12 17v.5",
  archive: "M3 5h18v4H3zM5 9v10h14V9M10 13h4",
  back: "M19 12H5M11 6l-6 6 6 6",
  bell: "M6 16V11a6 6 0 0 1 12 0v5l2 2H4zM10 21h4",
  brain: "M9 4a3 3 0 0 0-3 3 3 3 0 0 0-1 6 3 3 0 0 0 4 5h0V4zM15 4a3 3 0 0 1 3 3 3 3 0 0 1 1 6 3 3 0 0 1-4 5V4z",
  check: "M4 12.5 10 18 20 6",
  clock: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM12 7v5l3.5 2",
  close: "M5 5l14 14M19 5 5 19",
  cross: "M12 3a9 9 0 1 0 0 18 9 9 0 0 0 0-18zM8.5 8.5l7 7M15.5 8.5l-7 7",
  download: "M12 4v11M7 11l5 5 5-5M4 20h16",
  eye: "M2 12s4-7 10-7 10 7 10 7-4 7-10 7S2 12 2 12zM12 9a3 3 0 1 0 0 6 3 3 0 0 0 0-6z",
  filter: "M4 5h16l-6 8v6l-4-2v-4z",
  keyboard: "M3 6h18v12H3zM7 10h.5M12 10h.5M17 10h.5M8 14h8",
  lock: "M6 11h12v10H6zM8.5 11V7.5a3.5 3.5 0 0 1 7 0V11",
  minus: "M5 12h14",
  offline: "M4 4l16 16M8.5 15.5a5 5 0 0 1 6-1M5 12a10 10 0 0 1 4-2.3M12 19v.5M15 10a10 10 0 0 1 4 2",
  pen: "M4 20l1-5L16 4l4 4L9 19z",
  plus: "M12 5v14M5 12h14",
  refresh: "M20 11a8 8 0 1 0-2 6M20 5v6h-6",
  returned: "M9 6 4 11l5 5M4 11h10a6 6 0 0 1 6 6v2",
  search: "M10.5 4a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13zM15.5 15.5 21 21",
  send: "M3 11 21 3l-7 18-3-8z",
  user: "M12 4a4 4 0 1 0 0 8 4 4 0 0 0 0-8zM4 21c1-5 4-7 8-7s7 2 8 7",
  window: "M4 5h16v14H4zM4 9h16M13 13h4v3",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }): ReactElement {
  return (
    <svg
      className={styles.icon}
      viewBox="0 0 24 24"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      strokeLinejoin="round"
      aria-hidden="true"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
