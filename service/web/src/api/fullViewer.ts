/** The full viewer (OHIF): an origin of its own on the same host, so that the session's cookie reaches it. */

import { room } from "./client";

export interface FullViewerView {
  /** Null where the centre serves none. */
  port: number | null;
}

export const fullViewer = (signal?: AbortSignal): Promise<FullViewerView> => room.get<FullViewerView>("/full-viewer", signal);

/** The address of a study in the full viewer. page: the address of any of our own pages. */
export function fullViewerAddress(page: string, port: number, hospital: string, study: string): string {
  const address = new URL(`/viewer/${encodeURIComponent(hospital)}`, page);
  address.port = String(port);
  address.searchParams.set("StudyInstanceUIDs", study);
  return address.href;
}
