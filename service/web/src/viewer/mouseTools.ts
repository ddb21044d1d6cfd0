/** What the left button can do beside measuring, by Cornerstone's names. */

import * as tools from "@cornerstonejs/tools";

export type MouseTool = "window" | "zoom" | "pan";

export const TOOL_CLASSES: Record<MouseTool, string> = {
  window: tools.WindowLevelTool.toolName,
  zoom: tools.ZoomTool.toolName,
  pan: tools.PanTool.toolName,
};
