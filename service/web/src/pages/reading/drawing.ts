/** What the reader draws on the images, as every image area of the page is given it. */

import type { TFunction } from "i18next";

import type { Figures, Measure, OnImage } from "../../viewer/measure";
import type { MeasureListeners, Pencil } from "../../viewer/measureLayer";
import type { Mark } from "../../viewer/overlay";
import type { Slice } from "../../viewer/slices";

export interface Drawing {
  measures: readonly Measure[];
  /** What a stroke makes while a finding is corrected or added; null leaves it to the chosen tool. */
  pencil: Pencil | null;
  /** Another reader holds the examination: nothing is drawn or marked. */
  isTaken: boolean;
  /** Stays the same object while the page is open. */
  listeners: MeasureListeners;
  /** The findings' marks on the images of a stack. */
  marksOn: (slices: readonly Slice[]) => readonly Mark[];
  /** Told which image is looked at: where a measure goes whose lengths are typed. */
  shows: (slice: Slice) => void;
}

/** A typed number of millimetres; null where it is none that a finding can have. */
export function millimetres(text: string): number | null {
  const value = Number(text.trim().replace(",", "."));
  return text.trim() !== "" && Number.isFinite(value) && value >= 0.1 && value <= 500 ? value : null;
}

export function isOn(image: OnImage, slice: Slice): boolean {
  return image.sopInstanceUid === slice.sopInstanceUid && image.frame === slice.frame;
}

/** The lines of words beside a measure: lengths to a tenth, values to a whole one. */
export function wordsOf(figures: Figures, t: TFunction, valueUnit: string): string[] {
  if (figures.kind === "angle") return [`${figures.degrees.toFixed(1)}°`];
  const { unit } = figures;
  if (figures.kind === "length") return [`${figures.length.toFixed(1)} ${unit}`];
  if (figures.kind === "bidirectional") return [`${figures.long.toFixed(1)} × ${figures.short.toFixed(1)} ${unit}`];
  const area = `${figures.area.toFixed(figures.area < 100 ? 1 : 0)} ${unit}²`;
  if (figures.values === null) return [area];
  // Plus 0: a little below nothing is no -0.
  const whole = (value: number): string => (Math.round(value) + 0).toFixed(0);
  const { mean, deviation, least, most } = figures.values;
  return [
    t("measures.values", { mean: whole(mean), deviation: whole(deviation), unit: valueUnit }),
    t("measures.range", { least: whole(least), most: whole(most), unit: valueUnit }),
    area,
  ];
}
