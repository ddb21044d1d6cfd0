import { useEffect, useState } from "react";

import { type Renderer, startViewer } from "../../viewer/start";

/** What draws on this machine; null until that is known. asked: by the address, for tests and for whoever insists. */
export function useRenderer(asked: string | undefined): Renderer | null {
  const [renderer, setRenderer] = useState<Renderer | null>(null);
  useEffect(() => {
    let isGone = false;
    void startViewer(asked === "cpu" || asked === "gpu" ? asked : undefined).then((started) => {
      if (!isGone) setRenderer(started);
    });
    return () => {
      isGone = true;
    };
  }, [asked]);
  return renderer;
}
