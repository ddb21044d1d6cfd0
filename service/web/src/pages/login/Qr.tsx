import qrcode from "qrcode-generator";
import { type ReactElement, useMemo } from "react";

import styles from "./login.module.css";

const QUIET_ZONE = 2;

/** A QR code (ISO/IEC 18004, level M) as one SVG path; dark on light, since many scanners cannot read the inverse. */
export function Qr({ text, label }: { text: string; label: string }): ReactElement {
  const { path, size } = useMemo(() => drawn(text), [text]);
  return (
    <div className={styles.qr}>
      <svg viewBox={`0 0 ${size} ${size}`} role="img" aria-label={label} shapeRendering="crispEdges">
        <path d={path} fill="#000" />
      </svg>
    </div>
  );
}

/** One square a dark module; size in modules, quiet zone included. */
export function drawn(text: string): { path: string; size: number } {
  const code = qrcode(0, "M");
  code.addData(text);
  code.make();
  const count = code.getModuleCount();
  let path = "";
  for (let row = 0; row < count; row += 1) {
    for (let column = 0; column < count; column += 1) {
      if (code.isDark(row, column)) path += `M${column + QUIET_ZONE} ${row + QUIET_ZONE}h1v1h-1z`;
    }
  }
  return { path, size: count + 2 * QUIET_ZONE };
}
