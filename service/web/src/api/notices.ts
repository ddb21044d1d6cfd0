/** Urgent findings: which are open, and documenting the call that closes one. */

import { room } from "./client";
import type { Named, Worded } from "./types";

export interface NoticeView {
  id: string;
  hospital: Named;
  study_instance_uid: string;
  patient: string;
  tracking_uid: string;
  /** Null when it does not stand any more. */
  finding: string | null;
  state: Worded;
  is_open: boolean;
  /** Who is to hear now. */
  contact: string;
  raised_by: Named;
  raised_at: string;
  /** Until it escalates, at the moment of the answer; negative once it is late. */
  remaining_s: number;
  told_at: string | null;
  escalated_at: string | null;
  /** How the last message fared: `arrived`, `waiting`, `refused`, `no-webhook`. */
  way: Worded;
  heard: { who: string; how: string; at: string; via: "hospital" | "call"; recorded_by: Named | null } | null;
  taken_back_at: string | null;
}

export interface OpenNotices {
  count: number;
  items: NoticeView[];
}

export function openNotices(signal?: AbortSignal): Promise<OpenNotices> {
  return room.get<OpenNotices>("/notices", signal);
}

/** who: of the hospital; how: the call, and what they repeated. */
export function documentCall(id: string, who: string, how: string): Promise<NoticeView> {
  return room.send("POST", `/notices/${encodeURIComponent(id)}/acknowledge`, { who, how });
}
