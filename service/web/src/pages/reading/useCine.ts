import { useEffect, useState } from "react";

import { Cine, type Speed } from "../../viewer/cine";
import type { ReadingViewport } from "../../viewer/viewport";

export interface CineControl {
  isRunning: boolean;
  speed: Speed;
  toggle: () => void;
  setSpeed: (speed: Speed) => void;
}

/** Walks through the active stack until it is stopped, another area becomes active or the page is left. */
export function useCine(viewport: ReadingViewport | null): CineControl {
  const [running, setRunning] = useState<ReadingViewport | null>(null);
  const [speed, setSpeed] = useState<Speed>(10);
  const isRunning = running !== null && running === viewport;
  useEffect(() => {
    if (!isRunning) return undefined;
    const cine = new Cine(running);
    cine.start(speed);
    return () => cine.stop();
  }, [isRunning, running, speed]);
  return { isRunning, speed, setSpeed, toggle: () => setRunning(isRunning ? null : viewport) };
}
