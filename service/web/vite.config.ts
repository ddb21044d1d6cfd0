import { readFileSync } from "node:fs";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { precompress } from "./bundling/precompress.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [react(), precompress()],
  // `npm run dev` beside a running `consilium up`; session cookies work because the browser sees one origin.
  server: { proxy: { "/room": "http://127.0.0.1:8042", "/dicom-web": "http://127.0.0.1:8042" } },
  worker: { format: "es" },
  build: {
    // Many hospital PCs end at Chrome 109, the last one for Windows 7.
    target: "chrome109",
    cssTarget: "chrome109",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6000,
    rolldownOptions: {
      output: {
        codeSplitting: {
          groups: [
            { name: "cornerstone", test: /node_modules[\\/](@cornerstonejs|@kitware|dicom-parser|gl-matrix|dcmjs)/ },
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
          ],
        },
      },
    },
  },
});
