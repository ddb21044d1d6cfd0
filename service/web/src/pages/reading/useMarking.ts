import { useEffect, useMemo, useRef } from "react";
import { useTranslation } from "react-i18next";

import type { Drawn } from "./companion";
import type { Slice } from "../../viewer/slices";
import { DRAFT, type Pencil } from "../../viewer/measureLayer";
import { type Drawing, wordsOf } from "./drawing";
import { marksOf, pointedMarks } from "./findingMarks";
import { type Drafting, useDraft } from "./useDraft";
import type { Findings } from "./useFindings";
import type { Measures } from "./measures/useMeasures";
import type { Undo } from "./useUndo";

export interface Marking {
  drafting: Drafting;
  measures: Measures;
  /** For every image area of the page. */
  drawing: Drawing;
  /** The same for the images in another window. */
  drawn: Drawn;
  /** Begins to correct the chosen finding. */
  correct: () => void;
  /** Begins to add a finding. */
  add: () => void;
  /** Sends the draft, when it lacks nothing. */
  save: () => void;
  /** The reader's last act, of whatever kind. */
  undo: () => void;
}

/** One object: to take up another pencil ends the stroke that is being drawn. */
export const FINDING_PENCIL: Pencil = { kind: "bidirectional", makes: "finding" };

/** What is drawn while another reader holds the examination, or the report is signed, becomes nothing. */
const NO_STROKES: Pick<Drafting, "drawn" | "ended" | "pointed"> = { drawn: () => undefined, ended: () => undefined, pointed: () => undefined };

/** What the reader draws and says of findings. slices: of every stack that is shown. */
export function useMarking(findings: Findings, undo: Undo, slices: readonly Slice[], measures: Measures): Marking {
  const { t } = useTranslation();
  const shown = useRef<Slice | null>(null);
  const drafting = useDraft({ tools: findings.tools, slices, shown: () => shown.current });
  const { isTaken, isClosed } = findings;
  const held = useMemo(() => (isTaken ? { ...measures, set: () => undefined, remove: () => undefined } : measures), [measures, isTaken]);
  const { draft } = drafting;
  const { drawn, ended, pointed } = isClosed ? NO_STROKES : drafting;
  const handlers = useRef({ drawn, ended, pointed, set: held.set, t });
  useEffect(() => {
    handlers.current = { drawn, ended, pointed, set: held.set, t };
  });
  const listeners = useMemo<Drawing["listeners"]>(
    () => ({
      onSet: (measure) => (measure.id === DRAFT ? handlers.current.ended(measure) : handlers.current.set(measure)),
      onMoving: (measure) => (measure.id === DRAFT ? handlers.current.drawn(measure) : undefined),
      onPlace: (image, place) => handlers.current.pointed(image, place),
      says: (figures, valueUnit) => wordsOf(figures, handlers.current.t, valueUnit),
    }),
    [],
  );
  const { drawn: all, chosen } = findings;
  const isDrafting = draft !== null && !isClosed;
  const own = draft?.measure ?? null;
  const chosenUid = chosen?.tracking_uid ?? null;
  const clicked = draft?.point ?? null;
  const corrected = own === null && clicked === null ? null : (draft?.finding?.tracking_uid ?? null);
  const drawnNow = useMemo<Drawn>(
    () => ({ measures: [...measures.others, ...measures.own, ...(own === null ? [] : [own])], isDrafting, corrected, pointed: clicked }),
    [measures.others, measures.own, own, isDrafting, corrected, clicked],
  );
  const drawing = useMemo<Drawing>(
    () => ({
      measures: drawnNow.measures,
      pencil: isDrafting ? FINDING_PENCIL : null,
      isTaken,
      listeners,
      marksOn: (of) => [...marksOf(all, of, { chosen: chosenUid, corrected }), ...pointedMarks(clicked, of)],
      shows: (slice) => {
        shown.current = slice;
      },
    }),
    [drawnNow, isDrafting, isTaken, listeners, all, chosenUid, corrected, clicked],
  );
  const save = async (): Promise<void> => {
    const { said } = drafting;
    if (draft === null || said === null || isClosed) return;
    if (await findings.say(draft.finding, said)) drafting.close();
  };
  return {
    drafting,
    measures: held,
    drawing,
    drawn: drawnNow,
    correct: () => {
      if (chosen !== undefined) drafting.correct(chosen);
    },
    add: () => {
      findings.choose(undefined);
      drafting.add();
    },
    save: () => void save(),
    undo: () => {
      if (!isTaken && !undo.undo()) findings.undoEarlier();
    },
  };
}
