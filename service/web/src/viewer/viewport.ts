/** One image area. Everything that knows Cornerstone's classes stands here and in start.ts; pages see this adapter. */

import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";

import type { Affine } from "./affine";
import type { Beginning } from "./beginning";
import { DrawnWindow } from "./drawnWindow";
import { imageIdOf, loadImage, passOverBrokenCopy } from "./images";
import { leaveKeysToThePage } from "./keys";
import { type Progress, StackLoader } from "./loading";
import { isMeasureKind, type Measure, type MeasureKind } from "./measure";
import { type Canvas, MeasureLayer, type MeasureListeners, type Pencil } from "./measureLayer";
import type { Sides } from "./orientation";
import { type MouseTool, TOOL_CLASSES } from "./mouseTools";
import { type Mark, OverlayLayer } from "./overlay";
import { spacingOf } from "./plane";
import { affineOf, pixelsOf } from "./picture";
import type { Window } from "./presets";
import { Pose } from "./pose";
import { valueUnitOf } from "./quality";
import type { Slice } from "./slices";
import { type Renderer, startViewer } from "./start";

export type ToolName = MouseTool | MeasureKind;

export interface ViewState {
  /** 0-based place in the stack. */
  index: number;
  window: Window | null;
  zoomPercent: number;
  isInverted: boolean;
  /** Patient sides at the edges, as far as the slice says. */
  sides: Sides | null;
}

export interface ViewportListeners {
  onView: (state: ViewState) => void;
  onProgress: (progress: Progress) => void;
  measures: MeasureListeners;
}

const { Events, ViewportType } = core.Enums;
const { MouseBindings } = tools.Enums;
/** Events after which what a page shows about the view may be another. */
const VIEW_EVENTS = [Events.IMAGE_RENDERED, Events.VOI_MODIFIED, Events.STACK_NEW_IMAGE] as const;
let count = 0;

export class ReadingViewport {
  readonly #engine: core.RenderingEngine;
  /** Cornerstone's own element within the one that is focused: it keeps every key from the page that reaches it, Tab too. */
  readonly #picture = document.createElement("div");
  readonly #id: string;
  readonly #tools: tools.Types.IToolGroup;
  readonly #overlay: OverlayLayer;
  readonly #measures: MeasureLayer;
  readonly #resized: ResizeObserver;
  #loader: StackLoader | null = null;
  #slices: readonly Slice[] = [];
  #imageIds: readonly string[] = [];
  readonly #pose: Pose;
  readonly #window: DrawnWindow;
  /** The slice wanted while the first image is under way: sent elsewhere meanwhile, Cornerstone (5.14.0) never ends it. */
  #awaited: number | null = null;

  /** element: positioned, with a size of its own; root: DICOMweb root of the study's hospital. */
  static async open(
    element: HTMLDivElement,
    root: string,
    listeners: ViewportListeners,
    renderer?: Renderer,
  ): Promise<ReadingViewport> {
    return new ReadingViewport(element, root, listeners, await startViewer(renderer));
  }

  private constructor(
    element: HTMLDivElement,
    private readonly root: string,
    private readonly listeners: ViewportListeners,
    readonly renderer: Renderer,
  ) {
    count += 1;
    this.#id = `reading-${count}`;
    this.#engine = new core.RenderingEngine(`engine-${count}`);
    this.#picture.style.cssText = "position:absolute;inset:0";
    element.append(this.#picture);
    this.#engine.enableElement({ viewportId: this.#id, element: this.#picture, type: ViewportType.STACK });
    leaveKeysToThePage(this.#picture);
    this.#window = new DrawnWindow(this.#stack, this.#picture, renderer);
    this.#tools = this.#toolGroup();
    this.#overlay = new OverlayLayer(element);
    this.#measures = new MeasureLayer(element, () => this.#canvas(), listeners.measures);
    for (const name of VIEW_EVENTS) this.#picture.addEventListener(name, this.#tell);
    this.#pose = new Pose(this.#stack);
    this.#resized = new ResizeObserver(() => {
      this.#pose.keepThrough(() => this.#engine.resize(true, false));
      this.#engine.render();
    });
    this.#resized.observe(element);
  }

  /** Shows a stack. */
  async setStack(seriesPath: string, slices: readonly Slice[], { start, first = [], window = null }: Beginning): Promise<void> {
    this.#loader?.stop();
    this.#slices = slices;
    const imageIds = slices.map((slice) => imageIdOf(this.root, seriesPath, slice));
    this.#imageIds = imageIds;
    const wanted = await this.#begin(start);
    this.#pose.start();
    if (this.#hasImage) this.#window.begin(window);
    this.#engine.render();
    this.#tell();
    const load = (index: number): Promise<unknown> => loadImage(imageIds[index] ?? "");
    this.#loader = new StackLoader(slices.length, load, this.listeners.onProgress);
    this.#loader.from(start, first);
    if (wanted !== start) this.jumpTo(wanted);
  }

  /** Resolves when the first image is there, with the slice that is wanted by then. */
  async #begin(start: number): Promise<number> {
    this.#awaited = start;
    const imageIds = this.#imageIds;
    try {
      await passOverBrokenCopy(imageIds[start]);
      if (this.#imageIds === imageIds) await this.#stack.setStack([...imageIds], start);
      return this.#awaited;
    } finally {
      this.#awaited = null;
    }
  }

  /** Loads these before the others: known only after the stack was shown. */
  loadFirst(first: readonly number[]): void {
    this.#loader?.from(this.index, first);
  }

  /** Asks once more for images that could not be read. */
  retry(): void {
    this.#loader?.from(this.index);
  }

  get index(): number {
    return this.#slices.length === 0 ? 0 : this.#stack.getCurrentImageIdIndex();
  }

  get count(): number {
    return this.#slices.length;
  }

  jumpTo(index: number): void {
    const bounded = Math.max(0, Math.min(index, this.#slices.length - 1));
    if (this.#slices.length === 0) return;
    this.#loader?.prefer(bounded);
    if (this.#awaited === null) void this.#stack.setImageIdIndex(bounded);
    else this.#awaited = bounded;
  }

  /** That the pixels are drawn with; null for colour images, and until there is a picture. */
  get window(): Window | null {
    return this.#hasImage ? this.#window.now : null;
  }

  setWindow(window: Window): void {
    if (!this.#hasImage) return;
    this.#window.set(window);
    this.#engine.render();
  }

  invert(): void {
    if (!this.#hasImage) return;
    this.#stack.setProperties({ invert: this.#stack.getProperties().invert !== true });
    this.#engine.render();
  }

  /** Left and right change places. */
  flip(): void {
    if (!this.#hasImage) return;
    this.#pose.flip();
    this.#engine.render();
  }

  /** A quarter clockwise. */
  rotate(): void {
    if (!this.#hasImage) return;
    this.#pose.rotate();
    this.#engine.render();
  }

  /** Window, zoom, pan, inversion and direction as the stack was first shown. */
  reset(): void {
    if (!this.#hasImage) return;
    this.#stack.resetProperties();
    this.#pose.reset();
    this.#window.restore();
    this.#engine.render();
  }

  /** The left button's tool; the wheel scrolls, the middle button pans, the right one zooms. */
  setTool(name: ToolName): void {
    for (const each of Object.values(TOOL_CLASSES)) this.#tools.setToolPassive(each);
    this.#measures.take(isMeasureKind(name) ? { kind: name, makes: "measure" } : null);
    this.#bind(TOOL_CLASSES.pan, [MouseBindings.Auxiliary]);
    this.#bind(TOOL_CLASSES.zoom, [MouseBindings.Secondary]);
    const also = name === "pan" ? [MouseBindings.Auxiliary] : name === "zoom" ? [MouseBindings.Secondary] : [];
    if (!isMeasureKind(name)) this.#bind(TOOL_CLASSES[name], [MouseBindings.Primary, ...also]);
  }

  setMarks(marks: readonly Mark[]): void {
    this.#overlay.set(marks);
    this.#draw();
  }

  /** Findings and measures. */
  showOverlay(isShown: boolean): void {
    this.#overlay.show(isShown);
    this.#measures.show(isShown);
    this.#draw();
  }

  flash(findingId: string): void {
    this.#overlay.flash(findingId, () => this.#draw());
  }

  setMeasures(measures: readonly Measure[]): void {
    this.#measures.set(measures);
  }

  /** What the next stroke makes, whatever the tool; null leaves it to the tool. */
  takePencil(pencil: Pencil | null): void {
    this.#measures.take(pencil);
  }

  destroy(): void {
    this.#loader?.stop();
    this.#resized.disconnect();
    for (const name of VIEW_EVENTS) this.#picture.removeEventListener(name, this.#tell);
    this.#window.remove();
    this.#overlay.remove();
    this.#measures.remove();
    tools.ToolGroupManager.destroyToolGroup(this.#id);
    // Cornerstone (5.14.0) draws an image that comes when its engine is gone, and throws where nobody catches it.
    const stack = this.#stack;
    this.#engine.destroy();
    stack.render = () => undefined;
    this.#picture.remove();
  }

  get #stack(): core.Types.IStackViewport {
    return this.#engine.getViewport(this.#id) as core.Types.IStackViewport;
  }

  /** Whether there is something to set a window of. */
  get #hasImage(): boolean {
    return (this.#stack.getImageData() as unknown) !== undefined;
  }

  #toolGroup(): tools.Types.IToolGroup {
    const group = tools.ToolGroupManager.createToolGroup(this.#id);
    if (group === undefined) throw new Error(`a tool group ${this.#id} exists already`);
    for (const name of [...Object.values(TOOL_CLASSES), tools.StackScrollTool.toolName]) group.addTool(name);
    group.addViewport(this.#id, this.#engine.id);
    group.setToolActive(tools.StackScrollTool.toolName, { bindings: [{ mouseButton: MouseBindings.Wheel }] });
    return group;
  }

  #bind(toolName: string, buttons: readonly tools.Enums.MouseBindings[]): void {
    this.#tools.setToolActive(toolName, { bindings: buttons.map((mouseButton) => ({ mouseButton })) });
  }

  #draw(): void {
    const affine = this.#affine();
    if (affine === null) return;
    this.#overlay.draw(this.index, affine);
    this.#measures.draw();
  }

  #affine(): Affine | null {
    const imageId = this.#imageIds[this.index];
    const slice = this.#slices[this.index];
    return imageId === undefined || slice === undefined ? null : affineOf(this.#stack, imageId, slice, this.renderer);
  }

  #canvas(): Canvas | null {
    const slice = this.#slices[this.index];
    const affine = this.#affine();
    if (slice === undefined || affine === null) return null;
    const image = { sopInstanceUid: slice.sopInstanceUid, frame: slice.frame };
    return { image, affine, spacing: spacingOf(slice), pixels: pixelsOf(this.#imageIds[this.index]), valueUnit: valueUnitOf(slice.metadata) };
  }

  readonly #tell = (): void => {
    if (this.#slices.length === 0 || this.#awaited !== null) return;
    this.#draw();
    const { invert } = this.#stack.getProperties();
    this.listeners.onView({
      index: this.index,
      window: this.#window.now,
      zoomPercent: this.#pose.zoomPercent,
      isInverted: invert === true,
      sides: this.#hasImage ? this.#pose.sides(this.#imageIds[this.index], this.#slices[this.index]) : null,
    });
  };
}
