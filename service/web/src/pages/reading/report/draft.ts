/** The draft on the page: what was typed, what the centre has of it, and what happens when both differ. No React. */

import type { ImagePlace, ReadingView, ReportContent, ReportText, ReportView } from "../../../api/reading";
import { contentOf, type Field, saysTheSame } from "../../../api/report";
import type { Language } from "../../../api/types";
import { baseOf, hasEnded, met, standingVersion, takenBack } from "./conflict";
import type { Around, Base, DraftState, DraftTemplate, Standing } from "./draftState";
import { languageOf } from "./draftText";
import { merged, toggled } from "./keyImages";
import { Outbox, standsAfter } from "./outbox";
import { Sheet } from "./sheet";

/** Typed words are sent this soon; the promise is five seconds. */
export const SEND_AFTER_MS = 2500;
const TRY_AGAIN_MS = 5000;

export class ReportDraft {
  readonly #sheet: Sheet;
  #base: Base | null = null;
  #isShown = false;
  readonly #outbox = new Outbox({
    deliver: (isKept) => this.#deliver(this.content, isKept),
    onDue: () => void this.save(),
    onSending: (isSaving) => this.#become({ isSaving }),
  });
  readonly state: () => DraftState;
  readonly subscribe: Sheet["subscribe"];

  constructor(private readonly around: Around) {
    this.#sheet = new Sheet(around);
    this.state = this.#sheet.state;
    this.subscribe = this.#sheet.subscribe;
  }

  get content(): ReportContent {
    return this.#sheet.content;
  }

  /** Whether all text comes from template and findings, so that another template loses nothing. */
  get isUnedited(): boolean {
    return this.#sheet.isUnedited;
  }

  /** Whether the centre has something of this draft. */
  get isBegun(): boolean {
    return this.#base !== null;
  }

  get edition(): number {
    return this.#base?.edition ?? 0;
  }

  get isUnsent(): boolean {
    const { kind } = this.#phase;
    return kind !== "proposed" && kind !== "saved";
  }

  /** The page as the centre tells it. writes: whether this reader holds the examination, so that findings write into the text here. */
  show(view: ReadingView, standing: readonly Standing[], writes: boolean): void {
    this.#sheet.stand(standing);
    const { report } = view;
    const isOpen = report === null ? view.versions.every((each) => each.state.word !== "released") : report.state.word === "draft";
    this.#become(this.#isShown ? { isOpen } : { isOpen, language: languageOf(view) });
    if (!this.#isShown) this.#first(view);
    else if (!this.#outbox.isSending) this.#met(view);
    const follows = isOpen && writes && this.#phase.kind !== "conflict";
    if (follows && this.#sheet.follow() && this.#phase.kind !== "proposed") this.#changed();
    this.#sheet.offer();
  }

  /** A template for what is not written yet; one of another language is nothing to this report. */
  propose(template: DraftTemplate): void {
    if (template.language !== this.state().language) return;
    this.#sheet.choose(template);
    if (this.#base === null && this.#phase.kind === "proposed") this.#sheet.fill(template);
    else if (template.code === this.content.template && !this.isUnsent) this.#sheet.take(this.content);
  }

  /** The reader takes another template; its text takes the place of what was written. */
  use(template: DraftTemplate): void {
    this.#sheet.fill(template);
    if (this.#base !== null || this.#phase.kind !== "proposed") this.#changed();
  }

  /** The reader goes on in another language: lines of findings that nobody edited follow, other words stay. */
  speak(language: Language): void {
    this.#become({ language });
    this.#sheet.follow();
    this.#changed();
  }

  type(field: Field, text: string): void {
    if (!this.state().isOpen) return;
    this.#sheet.type(field, text);
    this.#changed();
  }

  mark(image: ImagePlace): void {
    this.#become({ keyImages: toggled(this.state().keyImages, image) });
    this.#changed();
  }

  accept(offered: DraftState["offers"][number]): void {
    this.#sheet.accept(offered);
    this.#changed();
  }

  decline(offered: DraftState["offers"][number]): void {
    this.#sheet.decline(offered);
  }

  dismissChecks(): void {
    this.#become({ toCheck: [], changedBy: null });
  }

  /** Sends what was not sent. True when the centre has all of it. */
  async save(): Promise<boolean> {
    this.#outbox.hold();
    await this.#outbox.settled();
    const { kind } = this.#phase;
    if (kind === "proposed" || kind === "saved") return true;
    if (kind === "conflict") return false;
    let isSent = await this.#outbox.send(false);
    // What was changed on the way goes as well.
    while (!isSent && this.#phase.kind === "unsaved") isSent = await this.#outbox.send(false);
    return isSent;
  }

  /** Begins the draft with what is proposed, and sends it. True when the centre has all of it. */
  async begin(): Promise<boolean> {
    if (this.state().isOpen && this.#phase.kind === "proposed") this.#become({ phase: { kind: "unsaved" } });
    return this.save();
  }

  /** Saves because the reader asked for it: this text can be compared with later. */
  async keep(): Promise<boolean> {
    if (!this.state().isOpen || !(await this.begin())) return false;
    return this.#base === null ? false : this.#outbox.send(true);
  }

  /** Settles a conflict with what the reader chose. */
  resolve(text: ReportText): void {
    const phase = this.#phase;
    if (phase.kind !== "conflict") return;
    const { theirs } = phase;
    const content = { ...this.content, text };
    this.#base = theirs.state.word === "draft" ? baseOf(theirs) : null;
    if (saysTheSame(contentOf(theirs), content)) this.#adopt(theirs);
    else {
      this.#sheet.take(content);
      this.#become({ phase: { kind: "unsaved" } });
      void this.save();
    }
  }

  /** Settles a conflict with what was submitted: that is taken back, and goes on with what the reader chose. False where
   * somebody was quicker, by a signature or by more words: the conflict is then with what stands now. */
  async takeBack(text: ReportText): Promise<boolean> {
    const phase = this.#phase;
    if (phase.kind !== "conflict") return true;
    const view = await takenBack(this.around.calls, phase.theirs.edition);
    this.#followed(view ?? (await this.around.again()));
    if (view === null) return false;
    this.resolve(text);
    this.around.put(view);
    return true;
  }

  /** Settles a conflict with the other's text; one's own stays beside it, in this browser. */
  setAside(): void {
    const phase = this.#phase;
    if (phase.kind !== "conflict") return;
    const { text } = this.content;
    this.around.aside.write({ text, at: Date.now() });
    this.#become({ aside: text });
    if (hasEnded(phase.theirs)) this.#clear(phase.theirs.language);
    else this.#adopt(phase.theirs);
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
    const copy = this.around.copy.read();
    if (report !== null) this.#adopt(report);
    if (copy === null) return;
    const latest = standingVersion(view);
    if (latest !== undefined && saysTheSame(contentOf(latest), copy.content)) return this.around.copy.drop();
    this.#sheet.take(copy.content);
    const isOnSame = report === null ? copy.base === null && latest === undefined : copy.base?.id === report.id && copy.base.edition === report.edition;
    if (isOnSame || latest === undefined) {
      this.#become({ phase: { kind: "unsaved" } });
      this.#outbox.later(0);
      return;
    }
    // Which marks both began from is not known any more: none is lost, and one that was taken off here may come back.
    this.#become({ keyImages: merged([], copy.content.key_images, latest.key_images), phase: { kind: "conflict", theirs: latest } });
  }

  /** The centre's version beside what stands here. */
  #met(view: ReadingView): void {
    const phase = this.#phase;
    if (phase.kind === "conflict") return this.#followed(view);
    const { report } = view;
    if (report === null) {
      if (phase.kind === "kept-here") this.#outbox.later(0);
      else if (this.#base !== null && !this.isUnsent) this.#clear(languageOf(view));
      return;
    }
    const isOurs = this.#base?.id === report.id;
    if (isOurs && report.edition <= this.edition) {
      if (phase.kind === "kept-here") this.#outbox.later(0);
      return;
    }
    const isTold = report.changed_by.id !== this.around.userId && report.state.word === "draft";
    if (!this.isUnsent) {
      const isNews = isTold && this.#base !== null;
      this.#adopt(report);
      if (isNews) this.#become({ changedBy: report.changed_by.name });
    } else this.#clash(report);
  }

  /** What a conflict is with goes on changing while the reader decides: it is saved, submitted, signed, released. */
  #followed(view: ReadingView): void {
    const phase = this.#phase;
    const theirs = standingVersion(view);
    if (theirs === undefined || phase.kind !== "conflict") return;
    const isSameText = theirs.id === phase.theirs.id && theirs.edition === phase.theirs.edition;
    if (isSameText) this.#become({ phase: { kind: "conflict", theirs } });
    else this.#clash(theirs);
  }

  /** The version is settled or given up: what follows would be a new one. */
  #clear(language: Language): void {
    this.#base = null;
    this.#sheet.clear(language);
    this.around.copy.drop();
  }

  #clash(theirs: ReportView): void {
    const both = met(this.#base, this.content, theirs);
    if (both.kind === "same") return this.#adopt(theirs);
    this.#become({ keyImages: both.keyImages });
    if (both.kind === "images") {
      this.#base = baseOf(theirs);
      this.#become({ phase: { kind: "unsaved" } });
      return this.#outbox.later(SEND_AFTER_MS);
    }
    // Marks are put together already: the next ones are counted from theirs.
    if (this.#base !== null) this.#base = { ...this.#base, content: { ...this.#base.content, key_images: theirs.key_images } };
    this.#become({ phase: { kind: "conflict", theirs } });
  }

  #adopt(report: ReportView): void {
    this.#base = baseOf(report);
    this.#sheet.take(this.#base.content);
    this.#become({ phase: { kind: "saved", at: report.changed_at }, changedBy: null });
    this.around.copy.drop();
  }

  #changed(): void {
    const phase = this.#phase;
    const base = this.#base === null ? null : { id: this.#base.id, edition: this.#base.edition };
    this.around.copy.write({ content: this.content, base, at: Date.now() });
    this.#sheet.offer();
    if (phase.kind === "conflict") return;
    if (phase.kind !== "kept-here") this.#become({ phase: { kind: "unsaved" } });
    if (!this.#outbox.isDueLater) this.#outbox.later(phase.kind === "kept-here" ? TRY_AGAIN_MS : SEND_AFTER_MS);
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
    this.#base = baseOf(report);
    if (saysTheSame(content, this.content)) {
      this.around.copy.drop();
      this.#become({ phase: { kind: "saved", at: report.changed_at } });
    } else {
      this.#become({ phase: { kind: "unsaved" } });
      this.#outbox.later(SEND_AFTER_MS);
    }
    this.around.put(view);
  }

  async #undelivered(fault: unknown): Promise<void> {
    const phase = standsAfter(fault);
    if (phase === null) return this.#compare(fault);
    this.#become({ phase });
    if (phase.kind === "kept-here" && !phase.isLocked) this.#outbox.later(TRY_AGAIN_MS);
  }

  /** Somebody else saved, signed or gave up: what do they say now? */
  async #compare(fault: unknown): Promise<void> {
    const view = await this.around.again();
    const theirs = standingVersion(view);
    if (theirs === undefined) this.#become({ phase: { kind: "refused", fault } });
    else this.#clash(theirs);
  }

  get #phase(): DraftState["phase"] {
    return this.state().phase;
  }

  #become(change: Partial<DraftState>): void {
    this.#sheet.become(change);
  }
}
