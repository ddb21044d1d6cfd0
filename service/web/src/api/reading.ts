/** The reading page in one answer, and what a reader does there. Every act answers the whole page as it stands. */

import { room } from "./client";
import type { AxisView, CodeView, FindingTools, PatientPoint, PromisedFigure, ProposedView, Said } from "./finding";
import type { Flag } from "./report";
import type { NoticeView } from "./notices";
import type { Language, Named, ReadingMode, Worded, WorklistRow } from "./types";

export interface RequestView {
  question: string;
  history: string;
  department: string;
  prior_reports: string[];
}

export interface PriorView {
  study_instance_uid: string;
  study_date: string | null;
  description: string;
  modalities: string[];
  body_parts: string[];
  report: string | null;
}

export interface SeriesLine {
  series_instance_uid: string;
  modality: string;
  number: number | null;
  description: string;
  instance_count: number;
  has_images: boolean;
}

export interface AnalysisView {
  id: string;
  package: string;
  title: string;
  version: string;
  /** `research` or what the package is approved for; the word of the package's card. */
  use_status: string;
  mode: ReadingMode;
  /** Whether what it found is kept from the reader now. */
  is_hidden: boolean;
  series_instance_uid: string | null;
  /** Why each series was chosen or left out. */
  selection: string[];
  /** What the card says, measured before the package came here. */
  promised: PromisedFigure[];
}

export type FindingAction = "accept" | "reject" | "doubt" | "correct" | "add" | "remove" | "undo";
export const REASONS = ["vessel", "artefact", "scar", "normal-anatomy", "duplicate", "other"] as const;
export type RejectionReason = (typeof REASONS)[number];

export interface JudgementView {
  action: string;
  reason: RejectionReason | null;
  by: Named;
  at: string;
}

export interface ImagePlace {
  sop_instance_uid: string;
  /** 1-based, null for a single-frame instance. */
  frame: number | null;
}

/** What a finding writes into a report of one language. */
export interface ReportLines {
  findings: string;
  impression: string;
}

export interface FindingView {
  tracking_uid: string;
  number: number;
  analysis_id: string | null;
  state: Worded;
  concept: CodeView;
  site: CodeView;
  laterality: CodeView | null;
  place: string;
  long_axis_mm: number | null;
  short_axis_mm: number | null;
  volume_mm3: number | null;
  center_mm: PatientPoint | null;
  image: ImagePlace | null;
  probability: number | null;
  band: Worded | null;
  is_high: boolean;
  note: string;
  /** For the list on the screen, in the reader's language. */
  line: string;
  /** For the report, by the language that is written in. */
  report_text: Record<Language, ReportLines>;
  /** As a reader drew them; null where what the package measured stands. */
  long_axis: AxisView | null;
  short_axis: AxisView | null;
  /** Null for a reader's own. */
  proposed: ProposedView | null;
  judgements: JudgementView[];
}

export interface KeyImage extends ImagePlace {
  note: string;
}

export interface ReportText {
  findings: string;
  impression: string;
  advice: string;
}

/** What a version of the report says. */
export interface ReportContent {
  text: ReportText;
  key_images: KeyImage[];
  template: string;
  language: Language;
}

export interface ReportView extends ReportContent {
  id: string;
  version: number;
  state: Worded;
  /** Goes with every save, so that nobody overwrites what they have not seen. */
  edition: number;
  author: Named;
  changed_by: Named;
  changed_at: string;
  signed_by: Named | null;
  signed_at: string | null;
  audited_by: Named | null;
  audited_at: string | null;
  /** Until when one that is out before its audit is to be audited; null for every other one. */
  audit_due_at: string | null;
  /** What was signed, where the auditor changed it. */
  signed_text: ReportText | null;
  record_sha256: string | null;
  /** Whether its auditor sent it back. */
  returned: boolean;
  /** What was said when its auditor returned it, or when it was withdrawn. */
  why: string | null;
}

export interface ReadingView {
  line: WorklistRow;
  request: RequestView | null;
  series: SeriesLine[];
  /** The version that is being written. */
  report: ReportView | null;
  /** All versions, the first one first. */
  versions: ReportView[];
  priors: PriorView[];
  analyses: AnalysisView[];
  /** Whether what any package found is kept from the reader now. */
  hidden_findings: boolean;
  /** Whether some of it is shown once the reader has locked their first impression. */
  waits_for_impression: boolean;
  findings: FindingView[];
  review_version: number;
  /** Of a report that nobody has begun: the hospital's. One that was begun says its own. */
  report_language: Language;
  /** Of the images; a signature names the one that was looked at. */
  revision: number;
  image_count: number;
  /** What a report is once it is signed: released, out before its audit, or signed and waiting for that in the centre. */
  after_signature: "released" | "provisional" | "signed";
  /** Why the reader's certificate does not let them sign this examination, in words. */
  withheld: string | null;
  flags: Flag[];
  /** Letters of the report that is written that its PDF cannot show. */
  not_printable: string[];
  banners: { kind: string; text: string }[];
  notices: NoticeView[];
}

/** Polygons of one image; points are [column, row], whole numbers are pixel centres. */
export interface Contour extends ImagePlace {
  polygons: [number, number][][];
}

export interface Judgement {
  /** The page's own, so that a repeated request is one act. */
  id: string;
  action: FindingAction;
  reason: RejectionReason | null;
  /** Of a correction and an addition. */
  said: Said | null;
  review_version: number;
  /** How long the study had been open. */
  ms_since_open: number;
}

/** The calls of one examination. */
export class Examination {
  readonly #study: string;
  readonly #claim: string;
  readonly #return: string;

  constructor(hospital: string, study: string) {
    const place = `${encodeURIComponent(hospital)}/${encodeURIComponent(study)}`;
    this.#study = `/studies/${place}`;
    this.#claim = `/worklist/${place}/claim`;
    this.#return = `/worklist/${place}/return`;
  }

  read(signal?: AbortSignal): Promise<ReadingView> {
    return room.get<ReadingView>(`${this.#study}/reading`, signal);
  }

  contours(trackingUid: string, signal?: AbortSignal): Promise<Contour[]> {
    return room.get<Contour[]>(`${this.#study}/findings/${encodeURIComponent(trackingUid)}/contours`, signal);
  }

  findingTools(signal?: AbortSignal): Promise<FindingTools> {
    return room.get<FindingTools>(`${this.#study}/finding-tools`, signal);
  }

  judge(trackingUid: string, judgement: Judgement): Promise<ReadingView> {
    return room.send("POST", `${this.#study}/findings/${encodeURIComponent(trackingUid)}/judgements`, judgement);
  }

  lockImpression(): Promise<ReadingView> {
    return room.send("POST", `${this.#study}/first-impression`);
  }

  /** Hold it to read it. insteadOf: the user who holds it, to take it over. */
  claim(insteadOf: string | null): Promise<WorklistRow> {
    return room.send("PUT", this.#claim, { instead_of: insteadOf });
  }

  letGo(): Promise<void> {
    return room.send("DELETE", this.#claim);
  }

  /** Takes the return to the hospital back: it is read after all. */
  undoReturn(): Promise<WorklistRow> {
    return room.send("DELETE", this.#return);
  }
}
