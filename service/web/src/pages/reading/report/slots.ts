/** Text that was written for the reader: lines of findings, and a template's words that stand while there is none.
 *
 * A field is plain text; beside it stands which stretches were written by whom. What nobody edited follows the
 * findings; what the reader edited is theirs: it is never changed unasked, only offered.
 */

/** owner: a finding's Tracking UID; empty for a template's words in place of findings. written: what was put there. */
export interface Span {
  owner: string;
  start: number;
  end: number;
  written: string;
}

/** normal: the template's words that stand where no finding does; empty where it has none. */
export interface Part {
  text: string;
  spans: readonly Span[];
  normal: string;
}

/** What a finding that stands says in this field. */
export interface Line {
  owner: string;
  text: string;
}

/** The reader edited text of a finding that was rejected since (`left`), or says something else now (`differs`). */
export interface Offer {
  kind: "left" | "differs";
  span: Span;
  words: string;
  now: string;
}

const NORMAL = "";

export function wordsOf(part: Part, span: Span): string {
  return part.text.slice(span.start, span.end);
}

export function isUntouched(part: Part, span: Span): boolean {
  return wordsOf(part, span) === span.written;
}

/** The template's text with its words for no finding in place: `{findings|…}` says where lines of findings go. */
export function filled(template: string): Part {
  const slot = /\{findings\|([^}]*)\}/.exec(template);
  if (slot === null) return { text: template, spans: [], normal: "" };
  const [whole, normal = ""] = slot;
  const text = template.slice(0, slot.index) + normal + template.slice(slot.index + whole.length);
  const span = { owner: NORMAL, start: slot.index, end: slot.index + normal.length, written: normal };
  return { text, spans: [span], normal };
}

/** The part after the reader typed: stretches keep their place, and grow or shrink with what was typed inside. */
export function typed(part: Part, text: string): Part {
  const before = part.text;
  const most = Math.min(before.length, text.length);
  let start = 0;
  while (start < most && before[start] === text[start]) start += 1;
  let tail = 0;
  while (tail < most - start && before[before.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
  return edited(part, start, before.length - tail, text.slice(start, text.length - tail));
}

/** The part with other words from one place to another. */
function edited(part: Part, from: number, to: number, words: string): Part {
  const text = part.text.slice(0, from) + words + part.text.slice(to);
  return { ...part, text, spans: part.spans.map((span) => moved(span, from, to, from + words.length)) };
}

function moved(span: Span, from: number, to: number, newTo: number): Span {
  const by = newTo - to;
  if (span.end <= from) return span;
  if (span.start >= to) return { ...span, start: span.start + by, end: span.end + by };
  const start = span.start <= from ? span.start : newTo;
  const end = span.end >= to ? span.end + by : from;
  return end < start ? { ...span, start: from, end: from } : { ...span, start, end };
}

/** Puts a new line's words into a stretch, for the owner it has from now on. */
function rewritten(part: Part, span: Span, words: string, owner = span.owner): Part {
  const now = edited(without(part, span), span.start, span.end, words);
  return { ...now, spans: [...now.spans, { owner, start: span.start, end: span.start + words.length, written: words }] };
}

function without(part: Part, span: Span): Part {
  return { ...part, spans: part.spans.filter((each) => each !== span) };
}

/** Takes a stretch out, with the line break that would be left over. */
function takenOut(part: Part, span: Span): Part {
  const { text } = part;
  const atLineStart = span.start === 0 || text[span.start - 1] === "\n";
  const isFollowed = text[span.end] === "\n";
  const isLastLine = atLineStart && span.end === text.length && span.start > 0;
  const start = isLastLine ? span.start - 1 : span.start;
  return edited(without(part, span), start, atLineStart && isFollowed ? span.end + 1 : span.end, "");
}

function owned(part: Part): Span[] {
  return part.spans.filter((each) => each.owner !== NORMAL).sort((one, other) => one.start - other.start);
}

/** Writes a finding's line: behind the last one, in place of the template's words, or at the end. */
function put(part: Part, { owner, text }: Line): Part {
  const lines = owned(part);
  const last = lines[lines.length - 1];
  const normal = part.spans.find((each) => each.owner === NORMAL);
  if (last === undefined && normal !== undefined && isUntouched(part, normal)) return rewritten(part, normal, text, owner);
  const at = last?.end ?? part.text.length;
  const joint = at === 0 || part.text[at - 1] === "\n" ? "" : "\n";
  const after = at === part.text.length || part.text[at] === "\n" ? "" : "\n";
  const grown = edited(part, at, at, joint + text + after);
  const start = at + joint.length;
  return { ...grown, spans: [...grown.spans, { owner, start, end: start + text.length, written: text }] };
}

/** Takes an unedited line out again; the template's words come back where it was the last one. */
function take(part: Part, span: Span): Part {
  const isLast = owned(part).length === 1 && !part.spans.some((each) => each.owner === NORMAL);
  return isLast && part.normal !== "" ? rewritten(part, span, part.normal, NORMAL) : takenOut(part, span);
}

/** The part with the findings that stand now. known: findings whose line is not written again: the text has its own words for them. */
export function synced(part: Part, lines: readonly Line[], known: ReadonlySet<string>): Part {
  let now = part;
  for (const span of owned(part)) {
    const current = now.spans.find((each) => each.owner === span.owner);
    if (current === undefined || !isUntouched(now, current)) continue;
    const line = lines.find((each) => each.owner === span.owner);
    if (line === undefined) now = take(now, current);
    else if (line.text !== current.written) now = rewritten(now, current, line.text);
  }
  for (const line of lines) {
    if (!known.has(line.owner) && !now.spans.some((each) => each.owner === line.owner)) now = put(now, line);
  }
  return now;
}

/** A text that comes from the centre: lines that stand in it word for word are the findings' own, each finding's its own one. */
export function recognised(text: string, lines: readonly Line[], normal: string): Part {
  let part: Part = { text, spans: [], normal };
  for (const { owner, text: words } of [...lines, { owner: NORMAL, text: normal }]) {
    const start = firstFree(part, words);
    if (start === null) continue;
    part = { ...part, spans: [...part.spans, { owner, start, end: start + words.length, written: words }] };
  }
  return part;
}

/** Where words stand that nobody has yet; findings of the same place and size say the same. */
function firstFree({ text, spans }: Part, words: string): number | null {
  if (words === "") return null;
  for (let start = text.indexOf(words); start !== -1; start = text.indexOf(words, start + 1)) {
    const end = start + words.length;
    if (!spans.some((each) => each.start < end && start < each.end)) return start;
  }
  return null;
}

/** What the reader has to decide, because they edited what was written for them. */
export function offers(part: Part, lines: readonly Line[]): Offer[] {
  return owned(part).flatMap((span): Offer[] => {
    const words = wordsOf(part, span);
    if (words.trim() === "" || isUntouched(part, span)) return [];
    const line = lines.find((each) => each.owner === span.owner);
    if (line === undefined) return [{ kind: "left", span, words, now: "" }];
    return line.text === span.written ? [] : [{ kind: "differs", span, words, now: line.text }];
  });
}

/** The reader wants what is offered. */
export function taken(part: Part, { kind, span, now }: Offer): Part {
  return kind === "left" ? takenOut(part, span) : rewritten(part, span, now);
}

/** The reader keeps their own words. */
export function declined(part: Part, { kind, span, now }: Offer): Part {
  if (kind === "left") return without(part, span);
  return { ...part, spans: part.spans.map((each) => (each === span ? { ...span, written: now } : each)) };
}
