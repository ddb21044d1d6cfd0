import { useCallback, useMemo, useRef } from "react";

/** How to take one act back; resolves with false where it could not be. */
type Back = () => void | Promise<boolean>;

export interface Undo {
  /** An act was done. */
  push: (back: Back) => void;
  /** Takes the last act back, whatever it was done to. Returns false where none is left. */
  undo: () => boolean;
}

/** The reader's acts on this page, judgements and measures alike, in the order in which they were done. */
export function useUndo(): Undo {
  const done = useRef<Back[]>([]);
  const push = useCallback((back: Back) => void done.current.push(back), []);
  const undo = useCallback(() => {
    const back = done.current.pop();
    if (back === undefined) return false;
    const asked = back();
    void asked?.then((isDone) => (isDone ? undefined : done.current.push(back)));
    return true;
  }, []);
  return useMemo(() => ({ push, undo }), [push, undo]);
}
