import type { StatusWord, UrgencyWord } from "../../api/types";
import type { IconName } from "../../ui/icons";

interface Look {
  icon: IconName;
  colour: string;
}

/** Icon and colour of each word; the word itself comes from the centre in the reader's language. */
const STATUS_LOOKS: Record<StatusWord, Look> = {
  receiving: { icon: "download", colour: "var(--text-2)" },
  waiting: { icon: "clock", colour: "var(--text-2)" },
  queued: { icon: "clock", colour: "var(--normal)" },
  analysing: { icon: "brain", colour: "var(--normal)" },
  analysed: { icon: "brain", colour: "var(--text-2)" },
  findings: { icon: "brain", colour: "var(--ai)" },
  no_finding: { icon: "brain", colour: "var(--ok)" },
  refused: { icon: "minus", colour: "var(--high)" },
  failed: { icon: "cross", colour: "var(--critical)" },
  not_asked: { icon: "minus", colour: "var(--text-2)" },
  reading: { icon: "eye", colour: "var(--accent)" },
  draft: { icon: "pen", colour: "var(--accent)" },
  preliminary: { icon: "pen", colour: "var(--modified)" },
  signed: { icon: "check", colour: "var(--added)" },
  provisional: { icon: "check", colour: "var(--high)" },
  released: { icon: "send", colour: "var(--ok)" },
  delivered: { icon: "check", colour: "var(--ok)" },
  withdrawn: { icon: "close", colour: "var(--high)" },
  returned: { icon: "returned", colour: "var(--high)" },
  delivery_failed: { icon: "alert", colour: "var(--critical)" },
  late_images: { icon: "alert", colour: "var(--high)" },
};

const URGENCY_LOOKS: Record<UrgencyWord, Look> = {
  critical: { icon: "alert", colour: "var(--critical)" },
  high: { icon: "bell", colour: "var(--high)" },
  normal: { icon: "minus", colour: "var(--normal)" },
};

/** The clock's colour by the share of its target that is gone. */
export function clockColour(share: number): string {
  if (share >= 1) return "var(--critical)";
  return share >= 0.8 ? "var(--high)" : "var(--text-1)";
}

/** The word of the share that was passed last: the centre puts the same shares on record. Null before the first. */
export function clockWord(share: number): "over" | "soon" | "half" | null {
  if (share >= 1) return "over";
  if (share >= 0.8) return "soon";
  return share >= 0.5 ? "half" : null;
}

/** A word this page is older than is shown all the same, plainly. */
const UNKNOWN: Look = { icon: "minus", colour: "var(--text-1)" };

export function statusLook(word: string): Look {
  return word in STATUS_LOOKS ? STATUS_LOOKS[word as StatusWord] : UNKNOWN;
}

export function urgencyLook(word: string): Look {
  return word in URGENCY_LOOKS ? URGENCY_LOOKS[word as UrgencyWord] : UNKNOWN;
}
