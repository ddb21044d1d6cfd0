import { useKeys } from "../../app/keyboard";
import { PRESETS, type PresetName } from "../../viewer/presets";
import type { Steered } from "../../viewer/steered";
import type { ToolName } from "../../viewer/viewport";

const MANY = 10;

/** Keys of the active image area. */
export function useImageKeys(viewport: Steered | null, setTool: (tool: ToolName) => void): void {
  const by = (step: number): void => viewport?.jumpTo(viewport.index + step);
  const preset = (name: PresetName) => () => viewport?.setWindow(PRESETS[name]);
  useKeys({
    sliceNext: () => by(1),
    slicePrevious: () => by(-1),
    sliceForward: () => by(MANY),
    sliceBack: () => by(-MANY),
    sliceFirst: () => viewport?.jumpTo(0),
    sliceLast: () => viewport?.jumpTo(viewport.count - 1),
    toolWindow: () => setTool("window"),
    toolZoom: () => setTool("zoom"),
    toolPan: () => setTool("pan"),
    toolLength: () => setTool("length"),
    toolBidirectional: () => setTool("bidirectional"),
    toolEllipse: () => setTool("ellipse"),
    toolAngle: () => setTool("angle"),
    invert: () => viewport?.invert(),
    flip: () => viewport?.flip?.(),
    rotate: () => viewport?.rotate?.(),
    reset: () => {
      viewport?.reset();
      viewport?.retry();
    },
    presetLung: preset("lung"),
    presetMediastinum: preset("mediastinum"),
    presetBone: preset("bone"),
    presetBrain: preset("brain"),
    presetStroke: preset("stroke"),
    presetAbdomen: preset("abdomen"),
    presetLiver: preset("liver"),
    presetCta: preset("cta"),
  });
}
