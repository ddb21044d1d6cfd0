import * as core from "@cornerstonejs/core";

import { rangeOf, type ValueRange, type Window, windowOf } from "./presets";
import type { Renderer } from "./start";

const { VOI_MODIFIED } = core.Enums.Events;

/**
 * The window that the pixels of a stack are drawn with. On the CPU path Cornerstone (5.14.0) draws the next slice with the
 * window that stands, but tells that slice's own: there the window is that which was set last.
 */
export class DrawnWindow {
  /** What the stack is shown in at first, instead of what its images say; null: as they say. */
  #first: Window | null = null;
  #range: ValueRange | null = null;

  constructor(
    private readonly stack: core.Types.IStackViewport,
    private readonly element: HTMLElement,
    private readonly renderer: Renderer,
  ) {
    element.addEventListener(VOI_MODIFIED, this.#modified);
  }

  remove(): void {
    this.element.removeEventListener(VOI_MODIFIED, this.#modified);
  }

  /** The first image of another stack is there. */
  begin(first: Window | null): void {
    this.#first = first;
    this.#range = this.stack.getProperties().voiRange ?? null;
    this.restore();
  }

  set(window: Window): void {
    this.stack.setProperties({ voiRange: rangeOf(window) });
  }

  /** After properties were reset. */
  restore(): void {
    if (this.#first !== null) this.set(this.#first);
  }

  /** Null for colour images, and until there is a picture. */
  get now(): Window | null {
    const range = this.renderer === "cpu" ? this.#range : (this.stack.getProperties().voiRange ?? null);
    return range === null ? null : windowOf(range);
  }

  readonly #modified = (event: Event): void => {
    this.#range = (event as core.Types.EventTypes.VoiModifiedEvent).detail.range;
  };
}
