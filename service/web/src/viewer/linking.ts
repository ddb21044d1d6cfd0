/** Stacks that are scrolled together: where one goes, the others go to the same place in the body. */

import { type Course, dot, type SliceStack } from "./slices";

/** Normals that point the same way, but for a gantry's degree or two. */
const PARALLEL = 0.99;

/** What is scrolled: an image area and the stack it shows. */
export interface LinkedArea {
  readonly index: number;
  jumpTo: (index: number) => void;
}

interface Member {
  area: LinkedArea;
  course: Course;
  /** Added to a place of this stack to have it in the common frame; 0 where the images themselves say the place. */
  shiftMm: number;
  /** The slice this class sent it to: its arrival there moves nobody. */
  sentTo: number | null;
}

/** Index of the slice nearest to a place along the normal. placesMm: not empty. */
export function nearestSlice(placesMm: readonly number[], mm: number): number {
  let best = 0;
  for (let index = 1; index < placesMm.length; index += 1) {
    if (Math.abs((placesMm[index] ?? 0) - mm) < Math.abs((placesMm[best] ?? 0) - mm)) best = index;
  }
  return best;
}

/**
 * What is added to places of `other` to lie beside those of `first`. One frame of reference needs nothing. Another
 * examination was laid on another table: where both cover much the same stretch its places are taken as they are,
 * else the middles are laid together; the reader lays them anew with `align`.
 */
export function firstShiftMm(first: Course, other: Course): number {
  if (first.frameOfReference === other.frameOfReference) return 0;
  const [topA, footA] = ends(first);
  const [topB, footB] = ends(other);
  const shared = Math.min(topA, topB) - Math.max(footA, footB);
  if (shared >= Math.min(topA - footA, topB - footB) / 2) return 0;
  return (topA + footA - topB - footB) / 2;
}

function ends({ placesMm }: Course): [number, number] {
  return [placesMm[0] ?? 0, placesMm[placesMm.length - 1] ?? 0];
}

export class StackLink {
  readonly #members = new Map<string, Member>();
  #isOn = true;

  /** One that comes later goes where the first is. Stacks without a common normal (radiographs) are scrolled alone.
   * Returns the way to take it out. */
  add(key: string, area: LinkedArea, { course }: SliceStack): () => void {
    if (course === null || course.placesMm.length === 0) return () => undefined;
    const first = [...this.#members.values()].find((each) => isParallel(each.course, course));
    const shiftMm = first === undefined ? 0 : firstShiftMm(first.course, course) + first.shiftMm;
    const member: Member = { area, course, shiftMm, sentTo: null };
    this.#members.set(key, member);
    if (first !== undefined && this.#isOn) send(member, place(first));
    return () => {
      if (this.#members.get(key) === member) this.#members.delete(key);
    };
  }

  turnOff(): void {
    this.#isOn = false;
  }

  turnOn(): void {
    this.#isOn = true;
  }

  /** Scrolls together from now on. leader: where the others lie beside it now, they stay. */
  align(leader: string): void {
    this.#isOn = true;
    const led = this.#members.get(leader);
    if (led === undefined) return;
    for (const each of this.#members.values()) {
      each.sentTo = null;
      if (each.course.frameOfReference === led.course.frameOfReference) each.shiftMm = led.shiftMm;
      else each.shiftMm = place(led) - (each.course.placesMm[each.area.index] ?? 0);
    }
    this.moved(leader);
  }

  /** An area shows another slice. */
  moved(key: string): void {
    const moving = this.#members.get(key);
    if (moving === undefined || !this.#isOn) return;
    // It may be told twice of one arrival, so where it was sent is remembered until it goes elsewhere.
    if (moving.sentTo === moving.area.index) return;
    moving.sentTo = null;
    for (const [other, each] of this.#members) {
      if (other !== key && isParallel(each.course, moving.course)) send(each, place(moving));
    }
  }
}

function send(member: Member, mm: number): void {
  const index = nearestSlice(member.course.placesMm, mm - member.shiftMm);
  if (index === member.area.index) return;
  member.sentTo = index;
  member.area.jumpTo(index);
}

function place({ area, course, shiftMm }: Member): number {
  return (course.placesMm[area.index] ?? 0) + shiftMm;
}

function isParallel(a: Course, b: Course): boolean {
  return dot(a.normal, b.normal) >= PARALLEL;
}
