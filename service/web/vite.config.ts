import { readFileSync } from "node:fs";
import { join } from "node:path";

import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

import { precompress } from "./bundling/precompress.ts";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

export default defineConfig({
  define: { __VERSION__: JSON.stringify(version) },
  plugins: [react(), precompress()],
  // `npm run dev` beside a running `consilium up`; session cookies work because the browser sees one origin.
  server: { proxy: { "/room": "http://127.0.0.1:8042", "/dicom-web": "http://127.0.0.1:8042" } },
  // The codecs' Emscripten code asks for Node's modules where it runs under Node, which is never here.
  resolve: { alias: [{ find: /^(fs|path)$/, replacement: join(import.meta.dirname, "bundling/absent.js") }] },
  worker: { format: "es" },
  build: {
    // Many hospital PCs end at Chrome 109, the last one for Windows 7.
    target: "chrome109",
    cssTarget: "chrome109",
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 6000,
    rolldownOptions: {
      checks: { bundlerTimings: false },
      output: {
        codeSplitting: {
          groups: [
            // What every lazy page needs; left to itself it lands in the viewer's chunk and brings that to every page.
            { name: "preload", test: /preload-helper/, priority: 2 },
            { name: "cornerstone", test: /node_modules[\\/](@cornerstonejs|@kitware|dicom-parser|gl-matrix|dcmjs)/ },
            { name: "react", test: /node_modules[\\/](react|react-dom|scheduler)[\\/]/ },
          ],
        },
      },
    },
  },
});
