/** Starts Cornerstone once, with the renderer this machine can carry. */

import * as core from "@cornerstonejs/core";
import dicomImageLoader from "@cornerstonejs/dicom-image-loader";
import * as tools from "@cornerstonejs/tools";

import { copies } from "./copies";
import { loadRescaled } from "./rescale";

export type Renderer = "gpu" | "cpu";

const DECODE_WORKERS = 2;
const TOOLS = [
  tools.WindowLevelTool,
  tools.PanTool,
  tools.ZoomTool,
  tools.StackScrollTool,
];

let starting: Promise<Renderer> | null = null;

/** Resolves with the renderer in use. asked: a test or a person who insists; a software WebGL is never chosen: it shows
 * a tenth of the frames that plain canvas drawing does. */
export function startViewer(asked?: Renderer): Promise<Renderer> {
  starting ??= start(asked);
  return starting;
}

async function start(asked?: Renderer): Promise<Renderer> {
  // One WebGL context an image area: browsers keep sixteen and drop the oldest, and each area has an engine of its own.
  core.init({ debug: {}, rendering: { webGlContextCount: 1 } } as Parameters<typeof core.init>[0]);
  const renderer = asked ?? suited();
  if (renderer === "cpu") core.setUseCPURendering(true);
  dicomImageLoader.init({
    maxWebWorkers: DECODE_WORKERS,
    beforeSend: (_request: XMLHttpRequest, imageId: string) => Promise.resolve(copies.headers(imageId)),
  });
  core.imageLoader.registerImageLoader("wadors", loadRescaled as Parameters<typeof core.imageLoader.registerImageLoader>[1]);
  tools.init();
  for (const tool of TOOLS) tools.addTool(tool);
  window.addEventListener("unhandledrejection", withoutSecondRefusal);
  return renderer;
}

/** The image loader (5.14.0) rejects two promises for each request that fails: the one it returns, which StackLoader
 * hears, and one that nobody can hear. */
function withoutSecondRefusal(event: PromiseRejectionEvent): void {
  if (event.reason instanceof XMLHttpRequest) event.preventDefault();
}

/** Hardware WebGL, or else the CPU. */
function suited(): Renderer {
  const { softwareRasterizer } = core.getRenderingCapabilities();
  const canvas = document.createElement("canvas");
  return canvas.getContext("webgl2") !== null && !softwareRasterizer ? "gpu" : "cpu";
}
