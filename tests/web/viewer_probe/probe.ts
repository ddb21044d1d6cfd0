/** The viewer's adapter alone on a page, within reach of a test. */
import { dicomwebRoot, seriesMetadata, seriesPath } from "../../../service/web/src/viewer/dicomweb";
import type { Measure } from "../../../service/web/src/viewer/measure";
import type { Point } from "../../../service/web/src/viewer/overlay";
import { sliceStack } from "../../../service/web/src/viewer/slices";
import { ReadingViewport } from "../../../service/web/src/viewer/viewport";

/** What was drawn by hand, the last of each. */
const drawn: Measure[] = [];
const places: Point[] = [];
function keep(measure: Measure): void {
  const others = drawn.filter(({ id }) => id !== measure.id);
  drawn.splice(0, drawn.length, ...others, measure);
  viewport.setMeasures([...drawn]);
}

const asked = new URLSearchParams(location.search);
const root = dicomwebRoot("3");
const path = seriesPath(asked.get("study") ?? "", asked.get("series") ?? "");
const viewport = await ReadingViewport.open(
  document.getElementById("viewport") as HTMLDivElement,
  root,
  {
    onView: () => undefined,
    onProgress: () => undefined,
    measures: {
      onSet: keep,
      onMoving: () => undefined,
      onPlace: (_image, place) => places.push(place),
      says: (figures) => [JSON.stringify(figures)],
    },
  },
  asked.get("renderer") === "gpu" ? "gpu" : "cpu",
);
const { slices } = sliceStack(await seriesMetadata(root, path));
await viewport.setStack(path, slices, { start: Math.floor(slices.length / 2) });
viewport.setWindow({ width: 400, centre: 40 });
Object.assign(window, { viewport, drawn, places });
document.title = "ready";
