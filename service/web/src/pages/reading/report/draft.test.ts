import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { RoomProblem, Unreachable } from "../../../api/client";
import type { ReadingView, ReportContent, ReportView } from "../../../api/reading";
import type { Language } from "../../../api/types";
import type { Copy, SetAside } from "../../../app/draftCopies";
import { wayBeside } from "./conflict";
import { ReportDraft, SEND_AFTER_MS } from "./draft";
import type { Standing } from "./draftState";

const ANNA = { id: "anna", name: "Anna" };
const BEN = { id: "ben", name: "Ben" };
const NODULE: Standing = {
  owner: "1",
  number: 1,
  says: {
    en: { findings: "Right lung: nodule.", impression: "Nodule, right lung." },
    "zh-CN": { findings: "右肺见一结节。", impression: "右肺结节。" },
  },
};

/** A centre that keeps one report and can be away. */
class Centre {
  report: ReportView | null = null;
  language: Language = "en";
  isAway = false;
  asked: string[] = [];
  copy: Copy | null = null;
  aside: SetAside | null = null;
  shown: ReadingView | null = null;

  view(): ReadingView {
    const versions = this.report === null ? [] : [this.report];
    const isOut = this.report?.state.word === "released";
    return { report: isOut ? null : this.report, versions, findings: [], report_language: this.language } as unknown as ReadingView;
  }

  saves(content: ReportContent, by = BEN): void {
    const edition = (this.report?.edition ?? 0) + 1;
    const state = { word: "draft", text: "draft" };
    this.report = { ...content, id: "r1", version: 1, state, edition, changed_by: by, changed_at: "2026-11-28T08:00:00Z" } as ReportView;
  }

  async #met(what: string, content: ReportContent, edition: number): Promise<ReadingView> {
    this.asked.push(what);
    await Promise.resolve();
    if (this.isAway) throw new Unreachable();
    const isAmendment = what === "begin" && this.report?.state.word === "released";
    if (isAmendment) this.report = null;
    if (this.report !== null && this.report.state.word !== "draft") throw new RoomProblem(409, "wrong-state", "", null, null, null);
    if (edition !== (this.report?.edition ?? 0)) throw new RoomProblem(409, "stale", "", null, null, null);
    this.saves(content, ANNA);
    return this.view();
  }

  draft(): ReportDraft {
    const calls = {
      begin: (content: ReportContent) => this.#met("begin", content, 0),
      save: (content: ReportContent, edition: number) => this.#met("save", content, edition),
      keep: (content: ReportContent, edition: number) => this.#met("keep", content, edition),
      reopen: (edition: number) => reopen(edition),
    };
    const reopen = async (edition: number): Promise<ReadingView> => {
      this.asked.push("reopen");
      await Promise.resolve();
      if (edition !== this.report?.edition) throw new RoomProblem(409, "stale", "", null, null, null);
      if (this.report?.state.word !== "preliminary") throw new RoomProblem(409, "wrong-state", "", null, null, null);
      this.report = { ...this.report, state: { word: "draft", text: "draft" } };
      return this.view();
    };
    const aside = { read: () => this.aside, write: (kept: SetAside) => (this.aside = kept), drop: () => (this.aside = null) };
    const copy = { read: () => this.copy, write: (kept: Copy) => (this.copy = kept), drop: () => (this.copy = null) };
    const put = (view: ReadingView): void => {
      this.shown = view;
    };
    return new ReportDraft({ calls, copy, aside, put, again: () => Promise.resolve(this.view()), userId: "anna" });
  }
}

const content = (findings: string): ReportContent => ({
  text: { findings, impression: "", advice: "" },
  key_images: [],
  template: "",
  language: "en",
});

const image = (sop_instance_uid: string) => ({ sop_instance_uid, frame: null });
const marked = (uid: string) => ({ ...image(uid), note: "" });
const uids = (report: ReportView | null) => report?.key_images.map((each) => each.sop_instance_uid);

describe("a draft", () => {
  let centre: Centre;
  let draft: ReportDraft;

  beforeEach(() => {
    vi.useFakeTimers();
    centre = new Centre();
    draft = centre.draft();
    draft.show(centre.view(), [], true);
  });
  afterEach(() => vi.useRealTimers());

  const soon = (): Promise<unknown> => vi.advanceTimersByTimeAsync(SEND_AFTER_MS);

  it("is begun by typing and sent within five seconds, in one piece", async () => {
    draft.type("findings", "o");
    draft.type("findings", "on");
    draft.type("findings", "one");
    expect(centre.asked).toEqual([]);
    await soon();
    expect(SEND_AFTER_MS).toBeLessThan(5000);
    expect([centre.asked, centre.report?.text.findings, draft.state().phase.kind]).toEqual([["begin"], "one", "saved"]);
    expect(centre.copy).toBeNull();
  });

  it("is not begun by findings alone, and has their lines when it is", async () => {
    draft.show(centre.view(), [NODULE], true);
    await soon();
    expect([centre.asked, draft.content.text.findings]).toEqual([[], "Right lung: nodule."]);
    expect(await draft.begin()).toBe(true);
    expect(centre.report?.text.impression).toBe("Nodule, right lung.");
  });

  it("takes a line back when the finding is rejected, and follows no finding where somebody else reads", async () => {
    draft.type("advice", "x");
    draft.show(centre.view(), [NODULE], true);
    expect(draft.content.text.findings).toBe("Right lung: nodule.");
    draft.show(centre.view(), [], true);
    expect(draft.content.text.findings).toBe("");
    draft.show(centre.view(), [NODULE], false);
    expect(draft.content.text.findings).toBe("");
  });

  it("is kept here while the centre is away, and sent when it is back", async () => {
    centre.isAway = true;
    draft.type("findings", "one");
    await soon();
    expect([draft.state().phase.kind, centre.copy?.content.text.findings]).toEqual(["kept-here", "one"]);
    centre.isAway = false;
    await vi.advanceTimersByTimeAsync(5000);
    expect([draft.state().phase.kind, centre.report?.text.findings, centre.copy]).toEqual(["saved", "one", null]);
  });

  it("comes back from the browser's copy", async () => {
    centre.copy = { content: content("typed before the reload"), base: null, at: 0 };
    const other = centre.draft();
    other.show(centre.view(), [], true);
    await soon();
    expect(centre.report?.text.findings).toBe("typed before the reload");
  });

  it("comes back from the browser's copy where the centre has an earlier text of it", async () => {
    centre.saves(content("one"), ANNA);
    centre.copy = { content: content("one and more"), base: { id: "r1", edition: 1 }, at: 0 };
    const other = centre.draft();
    other.show(centre.view(), [], true);
    await soon();
    expect([centre.report?.text.findings, other.state().phase.kind]).toEqual(["one and more", "saved"]);
  });

  it("never overwrites what somebody else saved", async () => {
    draft.type("findings", "mine");
    await soon();
    centre.saves(content("theirs"));
    draft.type("findings", "mine again");
    await soon();
    expect([draft.state().phase.kind, centre.report?.text.findings]).toEqual(["conflict", "theirs"]);
    draft.type("findings", "mine again and again");
    await soon();
    expect(centre.report?.text.findings).toBe("theirs");
    draft.resolve({ findings: "both", impression: "", advice: "" });
    await soon();
    expect([draft.state().phase.kind, centre.report?.text.findings]).toEqual(["saved", "both"]);
  });

  it("shows what somebody else saved where nothing of one's own is lost", async () => {
    draft.type("findings", "mine");
    await soon();
    centre.saves(content("theirs"));
    draft.show(centre.view(), [], true);
    expect([draft.content.text.findings, draft.state().changedBy]).toEqual(["theirs", "Ben"]);
  });

  it("takes no older answer for news", async () => {
    draft.type("findings", "one");
    await soon();
    const older = centre.view();
    draft.type("findings", "two");
    await soon();
    draft.show(older, [], true);
    expect(draft.content.text.findings).toBe("two");
  });

  it("goes on with key images that another window marked", async () => {
    draft.type("findings", "one");
    await soon();
    const image = { sop_instance_uid: "1.2", frame: null, note: "" };
    centre.saves({ ...content("one"), key_images: [image] }, ANNA);
    draft.type("findings", "one, two");
    await soon();
    await soon();
    expect([centre.report?.text.findings, centre.report?.key_images]).toEqual(["one, two", [image]]);
  });

  it("keeps every key image that two mark at once, and takes off what either took off", async () => {
    draft.type("findings", "one");
    for (const uid of ["1.1", "1.2", "1.3"]) draft.mark(image(uid));
    await soon();
    draft.mark(image("1.1"));
    draft.mark(image("1.4"));
    centre.saves({ ...content("one"), key_images: [marked("1.1"), marked("1.3"), marked("1.5")] });
    await soon();
    expect([draft.state().phase.kind, uids(centre.report)]).toEqual(["saved", ["1.3", "1.5", "1.4"]]);
  });

  it("keeps the key images of both where the text is decided upon, whatever is marked meanwhile", async () => {
    draft.type("findings", "one");
    await soon();
    draft.type("findings", "mine");
    draft.mark(image("1.1"));
    centre.saves({ ...content("theirs"), key_images: [marked("1.2")] });
    await soon();
    expect(draft.state().phase.kind).toBe("conflict");
    draft.mark(image("1.3"));
    centre.saves({ ...content("theirs again"), key_images: [marked("1.4")] });
    draft.show(centre.view(), [], true);
    draft.resolve({ findings: "both", impression: "", advice: "" });
    await soon();
    expect([centre.report?.text.findings, uids(centre.report)]).toEqual(["both", ["1.4", "1.1", "1.3"]]);
  });

  it("loses no key image of the browser's copy to a newer version", async () => {
    centre.saves({ ...content("theirs"), key_images: [marked("1.1")] });
    centre.saves({ ...content("theirs again"), key_images: [marked("1.1")] });
    centre.copy = { content: { ...content("mine"), key_images: [marked("1.2")] }, base: { id: "r1", edition: 1 }, at: 0 };
    const other = centre.draft();
    other.show(centre.view(), [], true);
    other.resolve({ findings: "both", impression: "", advice: "" });
    await soon();
    expect(uids(centre.report)).toEqual(["1.1", "1.2"]);
  });

  it("is kept to compare with when it is asked for", async () => {
    draft.type("findings", "one");
    expect(await draft.keep()).toBe(true);
    expect(centre.asked).toEqual(["begin", "keep"]);
  });

  it("that somebody else submitted goes on with the writer's own words once it was taken back", async () => {
    const centre = new Centre();
    centre.saves(content("Theirs."));
    const draft = centre.draft();
    draft.show(centre.view(), [], true);
    draft.type("findings", "Mine.");
    centre.report = { ...(centre.report as ReportView), edition: 2, state: { word: "preliminary", text: "" }, changed_by: BEN };
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS);
    expect(draft.state().phase.kind).toBe("conflict");
    await draft.takeBack({ ...draft.content.text, findings: "Mine." });
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS);
    expect(centre.asked.filter((each) => each === "reopen")).toHaveLength(1);
    expect(centre.report?.text.findings).toBe("Mine.");
    expect(draft.state().phase.kind).toBe("saved");
  });

  /** Both wrote, and the other submitted. */
  const clashed = async (): Promise<{ centre: Centre; draft: ReportDraft }> => {
    const centre = new Centre();
    centre.saves(content("Theirs."));
    const draft = centre.draft();
    draft.show(centre.view(), [], true);
    draft.type("findings", "Mine.");
    centre.report = { ...(centre.report as ReportView), edition: 2, state: { word: "preliminary", text: "" }, changed_by: BEN };
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS);
    return { centre, draft };
  };
  const isReleased = (centre: Centre): void => {
    centre.report = { ...(centre.report as ReportView), state: { word: "released", text: "" }, signed_by: BEN };
  };
  const against = (draft: ReportDraft): string | undefined => {
    const { phase } = draft.state();
    return phase.kind === "conflict" ? `${phase.theirs.state.word} ${wayBeside(phase.theirs) ?? "nothing"}` : undefined;
  };

  it("that stands against a submitted one follows its signature and its release, and goes on as an amendment", async () => {
    const { centre, draft } = await clashed();
    expect(against(draft)).toBe("preliminary takeBack");
    centre.report = { ...(centre.report as ReportView), state: { word: "signed", text: "" } };
    draft.show(centre.view(), [], true);
    expect(against(draft)).toBe("signed nothing");
    isReleased(centre);
    draft.show(centre.view(), [], true);
    expect(against(draft)).toBe("released amend");
    draft.resolve({ findings: "Mine.", impression: "", advice: "" });
    await soon();
    expect([centre.asked.slice(-1), centre.report?.text.findings, draft.state().phase.kind]).toEqual([["begin"], "Mine.", "saved"]);
  });

  it("that was to be taken back as the other signed it tells of the signature and of no failure", async () => {
    const { centre, draft } = await clashed();
    isReleased(centre);
    expect(await draft.takeBack({ findings: "Mine.", impression: "", advice: "" })).toBe(false);
    expect([against(draft), draft.content.text.findings]).toEqual(["released amend", "Mine."]);
  });

  it("begins anew where the version that it is left to was given up", async () => {
    const { centre, draft } = await clashed();
    centre.report = { ...(centre.report as ReportView), state: { word: "discarded", text: "" } };
    draft.show({ ...centre.view(), report: null }, [], true);
    expect(against(draft)).toBe("discarded continue");
    draft.setAside();
    expect([draft.isBegun, draft.state().aside?.findings]).toEqual([false, "Mine."]);
  });

  it("that is left to the other keeps the writer's own words beside it, over a reload too, until they are thrown away", async () => {
    const centre = new Centre();
    centre.saves(content("Theirs."));
    const draft = centre.draft();
    draft.show(centre.view(), [], true);
    draft.type("findings", "Mine.");
    centre.report = { ...(centre.report as ReportView), edition: 2, state: { word: "signed", text: "" }, changed_by: BEN };
    await vi.advanceTimersByTimeAsync(SEND_AFTER_MS);
    draft.setAside();
    expect(draft.content.text.findings).toBe("Theirs.");
    expect(centre.copy).toBeNull();
    const after = centre.draft();
    expect(after.state().aside?.findings).toBe("Mine.");
    after.throwAsideAway();
    expect([after.state().aside, centre.aside]).toEqual([null, null]);
  });

  it("is begun in the hospital's language, and takes no template of another one", async () => {
    centre.language = "zh-CN";
    const other = centre.draft();
    other.show(centre.view(), [NODULE], true);
    other.propose({ code: "chest-en", language: "en", findings: "Lungs clear.", impression: "", advice: "" });
    expect(await other.begin()).toBe(true);
    expect([centre.report?.language, centre.report?.text.findings]).toEqual(["zh-CN", "右肺见一结节。"]);
  });

  it("goes on in its own language: lines of findings are known in it, and follow the findings", async () => {
    centre.saves({ ...content("右肺见一结节。\n双侧胸膜光滑。"), language: "zh-CN" });
    draft.show(centre.view(), [NODULE], true);
    expect(draft.state().findings.spans.map((each) => each.owner)).toEqual(["1"]);
    draft.type("advice", "随访。");
    await soon();
    expect([centre.report?.language, draft.state().findings.spans.length]).toEqual(["zh-CN", 1]);
    draft.show(centre.view(), [], true);
    expect(draft.content.text.findings).toBe("双侧胸膜光滑。");
  });

  it("that was settled is amended in the language it was written in", () => {
    centre.saves({ ...content("右肺未见异常。"), language: "zh-CN" });
    const released = { ...centre.view(), report: null };
    const other = centre.draft();
    other.show(released, [], true);
    expect(other.state().language).toBe("zh-CN");
  });

  it("goes on in the language the reader chooses: lines nobody edited follow, the reader's own words stay", async () => {
    draft.show(centre.view(), [NODULE], true);
    draft.type("impression", "Nodule, right lung, growing.");
    draft.speak("zh-CN");
    await soon();
    const { language, text } = centre.report as ReportView;
    expect([language, text.findings, text.impression]).toEqual(["zh-CN", "右肺见一结节。", "Nodule, right lung, growing."]);
  });

  it("that was given up is followed by one in the hospital's language", async () => {
    draft.type("findings", "one");
    draft.speak("zh-CN");
    await soon();
    centre.report = null;
    draft.show(centre.view(), [NODULE], true);
    expect([draft.state().language, draft.content.text.findings]).toEqual(["en", "Right lung: nodule."]);
  });
});
