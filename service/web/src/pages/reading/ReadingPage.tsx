import type { ReactElement } from "react";

export function ReadingPage(): ReactElement {
  return <main />;
}
