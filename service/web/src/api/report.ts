/** A report before, at and after its signature. Every act answers the whole reading page as it stands. */

import { room } from "./client";
import type { ReadingView, ReportContent, ReportText } from "./reading";
import type { Named, Worded } from "./types";

export const FIELDS = ["findings", "impression", "advice"] as const;
export type Field = (typeof FIELDS)[number];

/** Where the text disagrees with the findings or the patient. */
export interface Flag {
  kind: Worded;
  words: string;
}

/** A contradiction that is meant so. */
export interface SeenFlag {
  kind: string;
  words: string;
}

/** What a version said when it was kept. */
export interface KeptEdition {
  version: number;
  edition: number;
  by: Named;
  at: string;
  text: ReportText;
}

/** The PIN; with the password the first time in a session, which sets the PIN. */
export interface Secret {
  pin: string;
  password: string | null;
}

export interface Signing extends Secret {
  edition: number;
  revision: number;
  image_count: number;
  review_version: number;
  /** The contradictions that are meant so. */
  seen: SeenFlag[];
  /** Whether findings that need not be judged one by one are closed by this signature. */
  close_rest: boolean;
}

/** text: what is to be released; null: as it was signed. seen: contradictions of that text that are meant so. */
export interface Auditing extends Secret {
  text: ReportText | null;
  seen: SeenFlag[];
}

export const RETURN_REASONS = [
  "images-missing",
  "image-quality",
  "wrong-patient",
  "wrong-body-part",
  "no-request",
  "prior-needed",
  "not-in-contract",
  "other",
] as const;
export type ReturnReason = (typeof RETURN_REASONS)[number];

/** The calls about the report of one examination. */
export class ReportCalls {
  readonly #report: string;
  readonly #worklist: string;

  constructor(
    readonly hospital: string,
    readonly study: string,
  ) {
    const place = `${encodeURIComponent(hospital)}/${encodeURIComponent(study)}`;
    this.#report = `/studies/${place}/report`;
    this.#worklist = `/worklist/${place}`;
  }

  /** Opens a draft; after a release it is an amendment, which begins with the released text where none is given. */
  begin(content: ReportContent): Promise<ReadingView> {
    return room.send("POST", this.#report, { edition: 0, ...content });
  }

  save(content: ReportContent, edition: number): Promise<ReadingView> {
    return room.send("PUT", this.#report, { edition, ...content });
  }

  keep(content: ReportContent, edition: number): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/keep`, { edition, ...content });
  }

  submit(edition: number): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/submit`, { edition });
  }

  reopen(edition: number): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/reopen`, { edition });
  }

  /** edition: what the page shows; what somebody wrote since is not given up with it. */
  discard(edition: number): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/discard`, { edition });
  }

  editions(signal?: AbortSignal): Promise<KeptEdition[]> {
    return room.get(`${this.#report}/editions`, signal);
  }

  sign(signing: Signing): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/sign`, signing);
  }

  /** reportId: the version that is shown; another one is not confirmed in its place. */
  audit(auditing: Auditing, reportId: string): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/audit`, { ...auditing, report_id: reportId });
  }

  /** The auditor's: back to who signed it. */
  giveBack(why: string, reportId: string): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/return`, { why, report_id: reportId });
  }

  recall(): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/recall`);
  }

  withdraw(why: string, reportId: string): Promise<ReadingView> {
    return room.send("POST", `${this.#report}/withdraw`, { why, report_id: reportId });
  }

  /** Back to the hospital: it cannot be read as it was sent. */
  async returnExamination(reason: ReturnReason, note: string): Promise<void> {
    await room.send("POST", `${this.#worklist}/return`, { reason, note });
  }
}

/** What of a version is its content. */
export function contentOf({ text, key_images, template, language }: ReportContent): ReportContent {
  return { text, key_images, template, language };
}

export function saysTheSame(one: ReportContent, other: ReportContent): boolean {
  return JSON.stringify(normal(one)) === JSON.stringify(normal(other));
}

function normal({ text, key_images, template, language }: ReportContent): unknown {
  const images = key_images.map(({ sop_instance_uid, frame, note }) => [sop_instance_uid, frame, note]);
  return [FIELDS.map((field) => text[field]), images, template, language];
}
