/** What stands on the page: the draft's text, its marks, and what findings and template write into it. No React. */

import type { ReportContent } from "../../../api/reading";
import type { Field } from "../../../api/report";
import type { Language } from "../../../api/types";
import type { Around, DraftState, DraftTemplate, Standing, StandingLines } from "./draftState";
import { EMPTY, filledWith, followed, freeText, isLinked, known, offersOf } from "./draftText";
import { declined, taken, typed } from "./slots";

/** It knows nothing of the centre: what was sent, and what others say, is the draft's. */
export class Sheet {
  #state: DraftState;
  #standing: readonly Standing[] = [];
  #known = new Set<string>();
  #template: DraftTemplate | null = null;
  readonly #listeners = new Set<() => void>();

  constructor({ aside }: Pick<Around, "aside">) {
    this.#state = {
      findings: EMPTY,
      impression: EMPTY,
      advice: "",
      template: "",
      // Nothing is written before the page was shown, which says the report's own.
      language: "zh-CN",
      keyImages: [],
      isOpen: false,
      isSaving: false,
      phase: { kind: "proposed" },
      offers: [],
      toCheck: [],
      changedBy: null,
      aside: aside.read()?.text ?? null,
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

  become(change: Partial<DraftState>): void {
    this.#state = { ...this.#state, ...change };
    for (const listener of this.#listeners) listener();
  }

  /** Whether all text comes from template and findings, so that another template loses nothing. */
  get isUnedited(): boolean {
    const { text } = this.content;
    const template = this.#template ?? freeText(this.#state.language);
    const { findings, impression } = filledWith(template, this.#lines(template.language));
    return text.findings === findings.text && text.impression === impression.text && text.advice === template.advice;
  }

  type(field: Field, text: string): void {
    this.become({ [field]: field === "advice" ? text : typed(this.#state[field], text) });
  }

  accept({ field, offer }: DraftState["offers"][number]): void {
    this.become({ [field]: taken(this.#state[field], offer) });
  }

  decline({ field, offer }: DraftState["offers"][number]): void {
    this.become({ [field]: declined(this.#state[field], offer) });
    this.offer();
  }

  /** The findings that stand now; follow() writes them. */
  stand(standing: readonly Standing[]): void {
    this.#standing = standing;
  }

  #lines(language: Language): StandingLines[] {
    return this.#standing.map(({ owner, says }) => ({ owner, ...says[language] }));
  }

  /** What the reader has to decide about text of findings. */
  offer(): void {
    this.become({ offers: offersOf(this.#state, this.#lines(this.#state.language)) });
  }

  /** The template that is spoken of from now on; fill() writes it. */
  choose(template: DraftTemplate): void {
    this.#template = template;
  }

  /** Writes the template anew, with what findings say. */
  fill(template: DraftTemplate): void {
    this.#template = template;
    this.#known.clear();
    const parts = filledWith(template, this.#lines(template.language));
    this.become({ ...parts, advice: template.advice, template: template.code, language: template.language });
  }

  /** As before anybody wrote in this language. */
  clear(language: Language): void {
    this.become({ phase: { kind: "proposed" }, keyImages: [] });
    this.fill(this.#template?.language === language ? this.#template : freeText(language));
  }

  /** Puts a content on the page; lines of findings are known again where they stand word for word. */
  take({ text, key_images, template, language }: ReportContent): void {
    const isOurs = this.#template?.code === template;
    const parts = known(text, this.#lines(language), isOurs ? this.#template : null);
    this.#known = new Set(this.#standing.map((each) => each.owner));
    this.become({ ...parts, advice: text.advice, template, language, keyImages: key_images });
  }

  /** Writes what findings say now into the text, as far as nobody edited it. True where that changed it. */
  follow(): boolean {
    const gone = [...this.#known].filter((owner) => !this.#standing.some((each) => each.owner === owner));
    const unlinked = gone.filter((owner) => !isLinked(this.#state, owner));
    for (const owner of gone) this.#known.delete(owner);
    const before = this.#state;
    const { findings, impression } = followed(before, this.#lines(before.language), this.#known);
    this.become({ findings, impression, toCheck: [...before.toCheck, ...unlinked] });
    return findings.text !== before.findings.text || impression.text !== before.impression.text;
  }
}
