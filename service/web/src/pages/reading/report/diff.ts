/** What differs between two texts, in pieces a person reads: a Chinese character, a word, a number, a sign. */

export interface Piece {
  kind: "same" | "gone" | "new";
  text: string;
}

const PIECES = /[\p{Script=Han}]|[\p{L}\p{N}.]+|\s|[^\p{L}\p{N}\s]/gu;
/** Past this many differences the texts are two texts: they are shown one after the other. */
const MOST_CHANGES = 1000;

/** The pieces of both texts in order: what is gone stands before what came in its place. */
export function difference(before: string, after: string): Piece[] {
  const old = before.match(PIECES) ?? [];
  const now = after.match(PIECES) ?? [];
  let head = 0;
  while (head < old.length && head < now.length && old[head] === now[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(old.length, now.length) - head && old[old.length - 1 - tail] === now[now.length - 1 - tail]) tail += 1;
  const middle = changes(old.slice(head, old.length - tail), now.slice(head, now.length - tail));
  const same = (texts: string[]): Piece[] => texts.map((text) => ({ kind: "same", text }));
  return joined([...same(old.slice(0, head)), ...middle, ...same(old.slice(old.length - tail))]);
}

/** The shortest way from one to the other (Myers, "An O(ND) Difference Algorithm", 1986), found forwards. */
function changes(old: string[], now: string[]): Piece[] {
  const reached = furthest(old, now);
  if (reached === null) return [...old.map((text): Piece => ({ kind: "gone", text })), ...now.map((text): Piece => ({ kind: "new", text }))];
  const pieces: Piece[] = [];
  let x = old.length;
  let y = now.length;
  for (let count = reached.length - 1; count >= 0; count -= 1) {
    const row = reached[count] as Map<number, number>;
    const k = x - y;
    const isNew = k === -count || (k !== count && (row.get(k - 1) ?? -1) < (row.get(k + 1) ?? -1));
    const beforeK = isNew ? k + 1 : k - 1;
    const startX = count === 0 ? 0 : (row.get(beforeK) ?? 0);
    const startY = count === 0 ? 0 : startX - beforeK;
    while (x > startX && y > startY && old[x - 1] === now[y - 1]) {
      pieces.push({ kind: "same", text: old[x - 1] ?? "" });
      x -= 1;
      y -= 1;
    }
    if (count === 0) break;
    if (isNew) pieces.push({ kind: "new", text: now[y - 1] ?? "" });
    else pieces.push({ kind: "gone", text: old[x - 1] ?? "" });
    x = startX;
    y = startY;
  }
  return pieces.reverse();
}

/** How far each diagonal reaches before each further change; null where there are too many. */
function furthest(old: string[], now: string[]): Map<number, number>[] | null {
  const rows: Map<number, number>[] = [];
  let row = new Map<number, number>([[1, 0]]);
  for (let count = 0; count <= Math.min(old.length + now.length, MOST_CHANGES); count += 1) {
    rows.push(new Map(row));
    const next = new Map(row);
    for (let k = -count; k <= count; k += 2) {
      const isNew = k === -count || (k !== count && (row.get(k - 1) ?? -1) < (row.get(k + 1) ?? -1));
      let x = isNew ? (row.get(k + 1) ?? 0) : (row.get(k - 1) ?? 0) + 1;
      while (x < old.length && x - k < now.length && old[x] === now[x - k]) x += 1;
      next.set(k, x);
      if (x >= old.length && x - k >= now.length) return rows;
    }
    row = next;
  }
  return null;
}

/** Neighbours of one kind as one piece; of a run of changes what is gone comes first. */
function joined(pieces: Piece[]): Piece[] {
  const found: Piece[] = [];
  let run: Piece[] = [];
  const close = (): void => {
    for (const kind of ["gone", "new"] as const) {
      const text = run.filter((each) => each.kind === kind).map((each) => each.text).join("");
      if (text !== "") found.push({ kind, text });
    }
    run = [];
  };
  for (const piece of pieces) {
    if (piece.kind !== "same") {
      run.push(piece);
      continue;
    }
    close();
    const last = found[found.length - 1];
    if (last?.kind === "same") last.text += piece.text;
    else found.push({ ...piece });
  }
  close();
  return found;
}
