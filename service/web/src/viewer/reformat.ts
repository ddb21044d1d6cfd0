/** Three planes through the volume of a series (MPR). Only where WebGL is real: the CPU path has no volumes. */

import * as core from "@cornerstonejs/core";
import * as tools from "@cornerstonejs/tools";

import { imageIdOf } from "./images";
import { leaveKeysToThePage } from "./keys";
import type { Progress } from "./loading";
import type { Canvas2d } from "./planeLines";
import { opposite, type Sides, sidesAlong } from "./orientation";
import { PlaneOverlay } from "./planeOverlay";
import { rangeOf, type Window, windowOf } from "./presets";
import { cross, type SliceStack, type Vector } from "./slices";
import type { Solid } from "./solids";
import type { Steered } from "./steered";

export const PLANES = ["axial", "coronal", "sagittal"] as const;
export type Plane = (typeof PLANES)[number];

export interface PlaneView {
  /** Millimetres along the plane's normal, LPS: z of an axial plane, y of a coronal, x of a sagittal one. */
  placeMm: number;
  window: Window | null;
  sides: Sides;
  /** A finding is drawn by the box around it, since nobody outlined it in this plane. */
  hasExtent: boolean;
}

export interface ReformatListeners {
  onView: (plane: Plane, view: PlaneView) => void;
  onProgress: (progress: Progress) => void;
}

const { Events, OrientationAxis, ViewportType } = core.Enums;
const { MouseBindings } = tools.Enums;
const ORIENTATION: Record<Plane, core.Enums.OrientationAxis> = {
  axial: OrientationAxis.AXIAL,
  coronal: OrientationAxis.CORONAL,
  sagittal: OrientationAxis.SAGITTAL,
};
/** Which coordinate of the patient a plane stands at. */
const AXIS: Record<Plane, 0 | 1 | 2> = { axial: 2, coronal: 1, sagittal: 0 };
/** A press that moved less is a click. */
const CLICK_PX = 3;
let count = 0;

/** A volume needs slices that lie evenly along one normal; null: it can be made. */
export function whyNotReformatted({ course, isUneven, slices }: SliceStack): "few" | "uneven" | null {
  if (course === null || slices.length < 3) return "few";
  return isUneven ? "uneven" : null;
}

export class Reformat implements Steered {
  readonly #engine: core.RenderingEngine;
  readonly #id: string;
  readonly #overlays = new Map<Plane, PlaneOverlay>();
  readonly #resized: ResizeObserver;
  readonly #ends: (() => void)[] = [];
  #active: Plane = "axial";
  #loaded = 0;
  #isInverted = false;
  #solids: readonly Solid[] = [];
  #isOverlayShown = true;

  /** elements: positioned, with a size of their own; first: the window it opens in, null: that of the images. Resolves when the planes stand; pixels come after. */
  static async open(
    elements: Readonly<Record<Plane, HTMLDivElement>>,
    imageIds: readonly string[],
    listeners: ReformatListeners,
    first: Window | null,
  ): Promise<Reformat> {
    const made = new Reformat(elements, listeners, imageIds.length, first);
    await made.#fill(imageIds);
    return made;
  }

  private constructor(
    private readonly elements: Readonly<Record<Plane, HTMLDivElement>>,
    private readonly listeners: ReformatListeners,
    private readonly total: number,
    private readonly first: Window | null,
  ) {
    count += 1;
    this.#id = `reformat-${count}`;
    this.#engine = new core.RenderingEngine(`${this.#id}-engine`);
    this.#engine.setViewports(
      PLANES.map((plane) => ({
        viewportId: this.#name(plane),
        element: elements[plane],
        type: ViewportType.ORTHOGRAPHIC,
        defaultOptions: { orientation: ORIENTATION[plane] },
      })),
    );
    for (const plane of PLANES) leaveKeysToThePage(elements[plane]);
    this.#bindTools();
    for (const plane of PLANES) this.#follow(plane);
    this.#resized = new ResizeObserver(() => this.#engine.resize(true, true));
    this.#resized.observe(elements.axial);
  }

  get active(): Plane {
    return this.#active;
  }

  set active(plane: Plane) {
    this.#active = plane;
  }

  get index(): number {
    return this.#viewport(this.#active).getSliceIndex();
  }

  get count(): number {
    return this.#viewport(this.#active).getNumberOfSlices();
  }

  jumpTo(index: number): void {
    const bounded = Math.max(0, Math.min(index, this.count - 1));
    core.utilities.scroll(this.#viewport(this.#active) as unknown as Parameters<typeof core.utilities.scroll>[0], { delta: bounded - this.index });
  }

  setWindow(window: Window): void {
    for (const plane of PLANES) this.#viewport(plane).setProperties({ voiRange: rangeOf(window) });
    this.#engine.render();
  }

  invert(): void {
    this.#isInverted = !this.#isInverted;
    for (const plane of PLANES) this.#viewport(plane).setProperties({ invert: this.#isInverted });
    this.#engine.render();
  }

  reset(): void {
    for (const plane of PLANES) {
      this.#viewport(plane).resetProperties();
      this.#viewport(plane).resetCamera();
    }
    this.#isInverted = false;
    if (this.first !== null) this.setWindow(this.first);
    this.#engine.render();
  }

  /** A volume asks by itself, once; a slice that failed stays empty and is told. */
  retry(): void {
    this.#engine.render();
  }

  /** The findings to draw, where a plane passes through them. */
  setSolids(solids: readonly Solid[]): void {
    this.#solids = solids;
    for (const plane of PLANES) this.#tell(plane);
  }

  /** Findings, and where the planes cut each other. */
  showOverlay(isShown: boolean): void {
    this.#isOverlayShown = isShown;
    for (const overlay of this.#overlays.values()) overlay.show(isShown);
    for (const plane of PLANES) this.#tell(plane);
  }

  /** Lays all three planes through a place in the patient. */
  goTo([x, y, z]: Vector): void {
    this.#cutAt([x, y, z], PLANES);
  }

  flash(findingId: string): void {
    for (const [plane, overlay] of this.#overlays) overlay.flash(findingId, () => this.#tell(plane));
  }

  destroy(): void {
    this.#resized.disconnect();
    for (const end of this.#ends) end();
    for (const overlay of this.#overlays.values()) overlay.remove();
    tools.ToolGroupManager.destroyToolGroup(this.#id);
    this.#engine.destroy();
    core.cache.removeVolumeLoadObject(this.#volumeId);
  }

  get #volumeId(): string {
    return `cornerstoneStreamingImageVolume:${this.#id}`;
  }

  async #fill(imageIds: readonly string[]): Promise<void> {
    const volume = await core.volumeLoader.createAndCacheVolume(this.#volumeId, { imageIds: [...imageIds] });
    const inputs = [{ volumeId: this.#volumeId }];
    await core.setVolumesForViewports(this.#engine, inputs, PLANES.map((plane) => this.#name(plane)));
    this.#watch(imageIds);
    if ("load" in volume) volume.load(() => undefined);
    if (this.first !== null) this.setWindow(this.first);
    this.#engine.render();
  }

  /** Counts the slices as they come; the page says how many of how many. */
  #watch(imageIds: readonly string[]): void {
    const awaited = new Set(imageIds.filter((each) => core.cache.getImageLoadObject(each) === undefined));
    this.#loaded = imageIds.length - awaited.size;
    const failed: number[] = [];
    const tell = (): void => this.listeners.onProgress({ loaded: this.#loaded, failed, total: this.total });
    this.#listen(core.eventTarget, Events.IMAGE_VOLUME_MODIFIED, (event) => {
      const { volumeId, framesProcessed } = (event as core.Types.EventTypes.ImageVolumeModifiedEvent).detail;
      if (volumeId !== this.#volumeId) return;
      this.#loaded = framesProcessed;
      tell();
      this.#engine.render();
    });
    this.#listen(core.eventTarget, Events.IMAGE_VOLUME_LOADING_COMPLETED, (event) => {
      if ((event as core.Types.EventTypes.ImageVolumeLoadingCompletedEvent).detail.volumeId !== this.#volumeId) return;
      this.#loaded = this.total;
      tell();
      this.#engine.render();
    });
    tell();
  }

  /** Tells the page of every picture, makes what is touched the active plane, and goes to a clicked place in all of them. */
  #follow(plane: Plane): void {
    const element = this.elements[plane];
    this.#overlays.set(plane, new PlaneOverlay(element));
    this.#listen(element, Events.IMAGE_RENDERED, () => {
      this.#tell(plane);
      for (const each of PLANES) this.#drawLines(each);
    });
    let pressed: Canvas2d | null = null;
    this.#listen(element, "pointerdown", (event) => {
      this.#active = plane;
      pressed = at(event as PointerEvent, element);
    });
    this.#listen(element, "wheel", () => {
      this.#active = plane;
    });
    this.#listen(element, "pointerup", (event) => {
      const [x, y] = at(event as PointerEvent, element);
      const isClick = pressed !== null && Math.hypot(x - pressed[0], y - pressed[1]) < CLICK_PX;
      if (isClick && (event as PointerEvent).button === 0) this.#cutAt(this.#viewport(plane).canvasToWorld([x, y]), PLANES.filter((each) => each !== plane));
    });
  }

  #cutAt(world: core.Types.Point3, planes: readonly Plane[]): void {
    for (const plane of planes) this.#viewport(plane).jumpToWorld(world);
    this.#engine.render();
  }

  /** Draws the findings of a plane, and tells the page what it shows. */
  #tell(plane: Plane): void {
    const viewport = this.#viewport(plane);
    const { focalPoint, viewPlaneNormal, viewUp } = viewport.getCamera();
    if (focalPoint === undefined || viewPlaneNormal === undefined || viewUp === undefined) return;
    const cut = { pointMm: focalPoint, normal: viewPlaneNormal };
    const hasExtent = this.#overlays.get(plane)?.draw(this.#solids, cut, (mm) => viewport.worldToCanvas([...mm] as core.Types.Point3)) === true;
    const voiRange = viewport.getProperties()?.voiRange;
    const window = voiRange == null ? null : windowOf(voiRange);
    // The normal points at who looks.
    const sides = sidesAlong(cross(viewUp, viewPlaneNormal), opposite(viewUp));
    this.listeners.onView(plane, { placeMm: this.#placeMm(plane), window, sides, hasExtent: hasExtent && this.#isOverlayShown });
  }

  #placeMm(plane: Plane): number {
    return this.#viewport(plane).getCamera().focalPoint?.[AXIS[plane]] ?? 0;
  }

  /** Where the two other planes cut this one. */
  #drawLines(plane: Plane): void {
    const point: core.Types.Point3 = [this.#placeMm("sagittal"), this.#placeMm("coronal"), this.#placeMm("axial")];
    this.#overlays.get(plane)?.cross(this.#viewport(plane).worldToCanvas(point));
  }

  #viewport(plane: Plane): core.VolumeViewport {
    return this.#engine.getViewport(this.#name(plane)) as core.VolumeViewport;
  }

  #name(plane: Plane): string {
    return `${this.#id}-${plane}`;
  }

  #bindTools(): void {
    const group = tools.ToolGroupManager.createToolGroup(this.#id);
    if (group === undefined) throw new Error(`a tool group ${this.#id} exists already`);
    const bound = [
      [tools.WindowLevelTool.toolName, MouseBindings.Primary],
      [tools.PanTool.toolName, MouseBindings.Auxiliary],
      [tools.ZoomTool.toolName, MouseBindings.Secondary],
      [tools.StackScrollTool.toolName, MouseBindings.Wheel],
    ] as const;
    for (const plane of PLANES) group.addViewport(this.#name(plane), this.#engine.id);
    for (const [name, mouseButton] of bound) {
      group.addTool(name);
      group.setToolActive(name, { bindings: [{ mouseButton }] });
    }
  }

  #listen(target: EventTarget | typeof core.eventTarget, name: string, heard: (event: Event) => void): void {
    target.addEventListener(name, heard as EventListener);
    this.#ends.push(() => target.removeEventListener(name, heard as EventListener));
  }
}

export function imageIdsOf(root: string, seriesPath: string, { slices }: SliceStack): string[] {
  return slices.map((slice) => imageIdOf(root, seriesPath, slice));
}

function at(event: PointerEvent, element: HTMLElement): Canvas2d {
  const { left, top } = element.getBoundingClientRect();
  return [event.clientX - left, event.clientY - top];
}
