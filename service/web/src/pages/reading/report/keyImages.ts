/** Images marked for the report, by one hand or by two at once. */

import type { ImagePlace, KeyImage } from "../../../api/reading";

/** A single-frame image has no number of its own, or 1: both name it. */
export function isSameImage(one: ImagePlace, other: ImagePlace): boolean {
  return one.sop_instance_uid === other.sop_instance_uid && (one.frame ?? 1) === (other.frame ?? 1);
}

function without(images: readonly KeyImage[], others: readonly KeyImage[]): KeyImage[] {
  return images.filter((each) => !others.some((other) => isSameImage(each, other)));
}

/** With the mark on an image, or without it where it was there. */
export function toggled(images: readonly KeyImage[], image: ImagePlace): KeyImage[] {
  const mark = { ...image, note: "" };
  const others = without(images, [mark]);
  return others.length < images.length ? others : [...images, mark];
}

/** Two hands marked at once: theirs, with what was marked here since the base, without what was taken off here. */
export function merged(base: readonly KeyImage[], ours: readonly KeyImage[], theirs: readonly KeyImage[]): KeyImage[] {
  return [...without(theirs, without(base, ours)), ...without(without(ours, base), theirs)];
}
