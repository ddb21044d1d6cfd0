/** The viewer's adapter alone on a page, within reach of a test. */
import { dicomwebRoot, seriesMetadata, seriesPath } from "../../../service/web/src/viewer/dicomweb";
import { sliceStack } from "../../../service/web/src/viewer/slices";
import { ReadingViewport } from "../../../service/web/src/viewer/viewport";

const asked = new URLSearchParams(location.search);
const root = dicomwebRoot("3");
const path = seriesPath(asked.get("study") ?? "", asked.get("series") ?? "");
const viewport = await ReadingViewport.open(
  document.getElementById("viewport") as HTMLDivElement,
  root,
  { onView: () => undefined, onProgress: () => undefined },
  asked.get("renderer") === "gpu" ? "gpu" : "cpu",
);
const { slices } = sliceStack(await seriesMetadata(root, path));
await viewport.setStack(path, slices, Math.floor(slices.length / 2));
viewport.setWindow({ width: 400, centre: 40 });
Object.assign(window, { viewport });
document.title = "ready";
