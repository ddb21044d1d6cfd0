/** The draft on the page: what was typed, what the centre has of it, and what happens when both differ. No React. */

import { RoomProblem, Unreachable } from "../../../api/client";
import type { KeyImage, ReadingView, ReportContent, ReportText, ReportView } from "../../../api/reading";
import { contentOf, type Field, FIELDS, saysTheSame } from "../../../api/report";
import type { Around, Base, DraftState, DraftTemplate, Standing } from "./draftState";
import { EMPTY, filledWith, followed, isLinked, known, offersOf } from "./draftText";
import { declined, taken, typed } from "./slots";

/** Typed words are sent this soon; the promise is five seconds. */
export const SEND_AFTER_MS = 2500;
const TRY_AGAIN_MS = 5000;

export class ReportDraft {
  #state: DraftState;
  #base: Base | null = null;
  #standing: readonly Standing[] = [];
  #known = new Set<string>();
  #isShown = false;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #sending: Promise<boolean> | null = null;
  #template: DraftTemplate | null = null;
  readonly #listeners = new Set<() => void>();

  constructor(private readonly around: Around) {
    this.#state = {
      findings: EMPTY,
      impression: EMPTY,
      advice: "",
      template: "",
      language: around.language,
      keyImages: [],
      isOpen: false,
      isSaving: false,
      phase: { kind: "proposed" },
      offers: [],
      toCheck: [],
      changedBy: null,
      aside: around.aside.read()?.text ?? null,
    };
  }

  readonly state = (): DraftState => this.#state;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  get content(): ReportContent {
    const { findings, impression, advice, template, language, keyImages } = this.#state;
    return { text: { findings: findings.text, impression: impression.text, advice }, key_images: keyImages, template, language };
  }

  /** Whether the centre has something of this draft. */
  get isBegun(): boolean {
    return this.#base !== null;
  }

  get edition(): number {
    return this.#base?.edition ?? 0;
  }

  get isUnsent(): boolean {
    const { kind } = this.#state.phase;
    return kind !== "proposed" && kind !== "saved";
  }

  /** The page as the centre tells it. writes: whether this reader holds the examination, so that findings write into the text here. */
  show(view: ReadingView, standing: readonly Standing[], writes: boolean): void {
    this.#standing = standing;
    const { report } = view;
    const isOpen = report === null ? view.versions.every((each) => each.state.word !== "released") : report.state.word === "draft";
    this.#become({ isOpen });
    if (!this.#isShown) this.#first(view);
    else if (this.#sending === null) this.#met(report);
    if (isOpen && writes && this.#state.phase.kind !== "conflict") this.#follow();
    this.#become({ offers: offersOf(this.#state, this.#standing) });
  }

  /** A template for what is not written yet. */
  propose(template: DraftTemplate): void {
    this.#template = template;
    if (this.#base === null && this.#state.phase.kind === "proposed") this.#useTemplate(template);
    else if (template.code === this.#state.template && !this.isUnsent) this.#take(this.content);
  }

  /** The reader takes another template; its text takes the place of what was written. */
  use(template: DraftTemplate): void {
    this.#template = template;
    this.#useTemplate(template);
    if (this.#base !== null || this.#state.phase.kind !== "proposed") this.#changed();
  }

  /** Whether all text comes from template and findings, so that another template loses nothing. */
  get isUnedited(): boolean {
    if (this.#template === null) return this.content.text.findings === "" && this.content.text.impression === "" && this.content.text.advice === "";
    const { text } = this.content;
    const { findings, impression } = filledWith(this.#template, this.#standing);
    return text.findings === findings.text && text.impression === impression.text && text.advice === this.#template.advice;
  }

  type(field: Field, text: string): void {
    if (!this.#state.isOpen) return;
    if (field === "advice") this.#become({ advice: text });
    else this.#become({ [field]: typed(this.#state[field], text) });
    this.#changed();
  }

  mark(image: Omit<KeyImage, "note">): void {
    const isSame = (each: KeyImage): boolean => each.sop_instance_uid === image.sop_instance_uid && each.frame === image.frame;
    const { keyImages } = this.#state;
    this.#become({ keyImages: keyImages.some(isSame) ? keyImages.filter((each) => !isSame(each)) : [...keyImages, { ...image, note: "" }] });
    this.#changed();
  }

  accept({ field, offer }: DraftState["offers"][number]): void {
    this.#become({ [field]: taken(this.#state[field], offer) });
    this.#changed();
  }

  decline({ field, offer }: DraftState["offers"][number]): void {
    this.#become({ [field]: declined(this.#state[field], offer) });
    this.#become({ offers: offersOf(this.#state, this.#standing) });
  }

  dismissChecks(): void {
    this.#become({ toCheck: [], changedBy: null });
  }

  /** Sends what was not sent. True when the centre has all of it. */
  async save(): Promise<boolean> {
    clearTimeout(this.#timer);
    if (this.#sending !== null) await this.#sending;
    const { kind } = this.#state.phase;
    if (kind === "proposed" || kind === "saved") return true;
    if (kind === "conflict") return false;
    let isSent = await this.#send(false);
    // What was changed on the way goes as well.
    while (!isSent && this.#state.phase.kind === "unsaved") isSent = await this.#send(false);
    return isSent;
  }

  /** Begins the draft with what is proposed, and sends it. True when the centre has all of it. */
  async begin(): Promise<boolean> {
    if (this.#state.isOpen && this.#state.phase.kind === "proposed") this.#become({ phase: { kind: "unsaved" } });
    return this.save();
  }

  /** Saves because the reader asked for it: this text can be compared with later. */
  async keep(): Promise<boolean> {
    if (!this.#state.isOpen || !(await this.begin())) return false;
    return this.#base === null ? false : this.#send(true);
  }

  /** Settles a conflict with what the reader chose. */
  resolve(text: ReportText): void {
    const { phase } = this.#state;
    if (phase.kind !== "conflict") return;
    const { theirs } = phase;
    const content = { ...this.content, text };
    this.#base = theirs.state.word === "draft" ? { id: theirs.id, edition: theirs.edition, content: contentOf(theirs) } : null;
    if (saysTheSame(contentOf(theirs), content)) this.#adopt(theirs);
    else {
      this.#take(content);
      this.#become({ phase: { kind: "unsaved" } });
      void this.save();
    }
  }

  /** Settles a conflict with what was submitted: that is taken back, and goes on with what the reader chose. */
  async takeBack(text: ReportText): Promise<void> {
    const { phase } = this.#state;
    if (phase.kind !== "conflict") return;
    const view = await this.around.calls.reopen(phase.theirs.edition);
    if (view.report !== null) this.#become({ phase: { kind: "conflict", theirs: view.report } });
    this.resolve(text);
    this.around.put(view);
  }

  /** Settles a conflict with the other's text; one's own stays beside it, in this browser. */
  setAside(): void {
    const { phase } = this.#state;
    if (phase.kind !== "conflict") return;
    const { text } = this.content;
    this.around.aside.write({ text, at: Date.now() });
    this.#become({ aside: text });
    this.#adopt(phase.theirs);
  }

  throwAsideAway(): void {
    this.around.aside.drop();
    this.#become({ aside: null });
  }

  /** Somebody left the page: what is not sent goes out now; the copy in the browser stays until it is there. */
  stop(): void {
    void this.save();
  }

  #first(view: ReadingView): void {
    this.#isShown = true;
    const { report } = view;
    if (report !== null) this.#adopt(report);
    const copy = this.around.copy.read();
    if (copy === null) return;
    const latest = report ?? view.versions[view.versions.length - 1];
    if (latest !== undefined && saysTheSame(contentOf(latest), copy.content)) return this.around.copy.drop();
    this.#take(copy.content);
    const isOnSame = report === null ? copy.base === null && latest === undefined : copy.base?.id === report.id && copy.base.edition === report.edition;
    if (isOnSame || latest === undefined) {
      this.#become({ phase: { kind: "unsaved" } });
      this.#schedule(0);
    } else this.#become({ phase: { kind: "conflict", theirs: latest } });
  }

  /** The centre's version beside what stands here. */
  #met(report: ReportView | null): void {
    const { phase } = this.#state;
    if (report === null) {
      if (phase.kind === "kept-here") this.#schedule(0);
      else if (this.#base !== null && !this.isUnsent) this.#end();
      return;
    }
    const isOurs = this.#base?.id === report.id;
    if (isOurs && report.edition <= this.edition) {
      if (phase.kind === "kept-here") this.#schedule(0);
      return;
    }
    const isTold = report.changed_by.id !== this.around.userId && report.state.word === "draft";
    if (!this.isUnsent) {
      const isNews = isTold && this.#base !== null;
      this.#adopt(report);
      if (isNews) this.#become({ changedBy: report.changed_by.name });
    } else this.#clash(report);
  }

  /** The version is settled or given up: what follows would be a new one. */
  #end(): void {
    this.#base = null;
    this.#known.clear();
    this.#become({ phase: { kind: "proposed" }, keyImages: [] });
    if (this.#template === null) this.#become({ findings: EMPTY, impression: EMPTY, advice: "" });
    else this.#useTemplate(this.#template);
  }

  #clash(theirs: ReportView): void {
    if (saysTheSame(contentOf(theirs), this.content)) this.#adopt(theirs);
    else if (this.#isOnlyImages(theirs)) this.#takeImages(theirs);
    else this.#become({ phase: { kind: "conflict", theirs } });
  }

  /** Whether nothing but key images changed since the text here was written: there is nothing to decide. */
  #isOnlyImages(theirs: ReportView): boolean {
    const before = this.#base;
    return before !== null && before.id === theirs.id && theirs.state.word === "draft" && FIELDS.every((field) => before.content.text[field] === theirs.text[field]);
  }

  #takeImages(theirs: ReportView): void {
    this.#base = { id: theirs.id, edition: theirs.edition, content: contentOf(theirs) };
    this.#become({ keyImages: theirs.key_images, phase: { kind: "unsaved" } });
    this.#schedule(SEND_AFTER_MS);
  }

  #adopt(report: ReportView): void {
    const content = contentOf(report);
    this.#base = { id: report.id, edition: report.edition, content };
    this.#take(content);
    this.#become({ phase: { kind: "saved", at: report.changed_at }, changedBy: null });
    this.around.copy.drop();
  }

  /** Puts a content on the page; lines of findings are known again where they stand word for word. */
  #take({ text, key_images, template, language }: ReportContent): void {
    const isOurs = this.#template?.code === template;
    const parts = known(text, this.#standing, isOurs ? this.#template : null);
    this.#known = new Set(this.#standing.map((each) => each.owner));
    this.#become({ ...parts, advice: text.advice, template, language, keyImages: key_images });
  }

  #useTemplate(template: DraftTemplate): void {
    this.#known.clear();
    const parts = filledWith(template, this.#standing);
    this.#become({ ...parts, advice: template.advice, template: template.code, language: template.language });
  }

  /** Writes what findings say now into the text, as far as nobody edited it. */
  #follow(): void {
    const gone = [...this.#known].filter((owner) => !this.#standing.some((each) => each.owner === owner));
    const unlinked = gone.filter((owner) => !isLinked(this.#state, owner));
    for (const owner of gone) this.#known.delete(owner);
    const { findings, impression } = followed(this.#state, this.#standing, this.#known);
    const isChanged = findings.text !== this.#state.findings.text || impression.text !== this.#state.impression.text;
    this.#become({ findings, impression, toCheck: [...this.#state.toCheck, ...unlinked] });
    if (isChanged && this.#state.phase.kind !== "proposed") this.#changed();
  }

  #changed(): void {
    const { phase } = this.#state;
    const base = this.#base === null ? null : { id: this.#base.id, edition: this.#base.edition };
    this.around.copy.write({ content: this.content, base, at: Date.now() });
    this.#become({ offers: offersOf(this.#state, this.#standing) });
    if (phase.kind === "conflict") return;
    if (phase.kind !== "kept-here") this.#become({ phase: { kind: "unsaved" } });
    if (this.#timer === undefined) this.#schedule(phase.kind === "kept-here" ? TRY_AGAIN_MS : SEND_AFTER_MS);
  }

  #schedule(afterMs: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      void this.save();
    }, afterMs);
  }

  async #send(isKept: boolean): Promise<boolean> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const sent = this.#deliver(this.content, isKept);
    this.#sending = sent;
    this.#become({ isSaving: true });
    try {
      return await sent;
    } finally {
      this.#sending = null;
      this.#become({ isSaving: false });
    }
  }

  async #deliver(content: ReportContent, isKept: boolean): Promise<boolean> {
    const { calls } = this.around;
    try {
      const base = this.#base;
      const view = await (base === null ? calls.begin(content) : isKept ? calls.keep(content, base.edition) : calls.save(content, base.edition));
      this.#delivered(view, content);
      return !this.isUnsent;
    } catch (fault) {
      await this.#undelivered(fault);
      return false;
    }
  }

  #delivered(view: ReadingView, content: ReportContent): void {
    const { report } = view;
    if (report === null) throw new Error("an answered save has an open report");
    this.#base = { id: report.id, edition: report.edition, content: contentOf(report) };
    if (saysTheSame(content, this.content)) {
      this.around.copy.drop();
      this.#become({ phase: { kind: "saved", at: report.changed_at } });
    } else {
      this.#become({ phase: { kind: "unsaved" } });
      this.#schedule(SEND_AFTER_MS);
    }
    this.around.put(view);
  }

  async #undelivered(fault: unknown): Promise<void> {
    if (fault instanceof Unreachable || (fault instanceof RoomProblem && fault.status >= 500)) {
      this.#become({ phase: { kind: "kept-here", isLocked: false } });
      this.#schedule(TRY_AGAIN_MS);
    } else if (fault instanceof RoomProblem && (fault.status === 401 || fault.status === 423)) {
      this.#become({ phase: { kind: "kept-here", isLocked: true } });
    } else if (fault instanceof RoomProblem && (fault.code === "stale" || fault.code === "wrong-state")) {
      await this.#compare(fault);
    } else this.#become({ phase: { kind: "refused", fault } });
  }

  /** Somebody else saved, signed or gave up: what do they say now? */
  async #compare(fault: RoomProblem): Promise<void> {
    const view = await this.around.again();
    const theirs = view.report ?? view.versions[view.versions.length - 1];
    if (theirs === undefined) this.#become({ phase: { kind: "refused", fault } });
    else this.#clash(theirs);
  }

  #become(change: Partial<DraftState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }
}
