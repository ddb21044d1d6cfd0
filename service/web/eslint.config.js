import parser from "@typescript-eslint/parser";
import hooks from "eslint-plugin-react-hooks";

import { newerApis } from "./bundling/newer_apis.js";

export default [
  { ignores: ["dist/**", "dist.new/**", "full_viewer/**", "node_modules/**"] },
  {
    files: ["**/*.{ts,tsx,js}"],
    languageOptions: { parser, parserOptions: { ecmaFeatures: { jsx: true } } },
    plugins: { consilium: { rules: { "newer-apis": newerApis } }, "react-hooks": hooks },
    rules: {
      // Many hospital PCs end at Chrome 109. Newer methods of the language are also unknown to tsconfig's `lib`.
      "consilium/newer-apis": ["error", 109],
      "react-hooks/rules-of-hooks": "error",
      "react-hooks/exhaustive-deps": "error",
      eqeqeq: ["error", "always", { null: "ignore" }],
      "no-console": "error",
      "no-eval": "error",
      "no-new-func": "error",
      "no-var": "error",
      "prefer-const": "error",
      "no-restricted-syntax": [
        "error",
        {
          selector: "JSXAttribute[name.name='dangerouslySetInnerHTML']",
          message: "Texts come from hospitals: render them as text.",
        },
        {
          selector: "TSAnyKeyword",
          message: "Give it a type, or `unknown` and a check at the border.",
        },
      ],
      "no-restricted-properties": [
        "error",
        { property: "innerHTML", message: "Texts come from hospitals: render them as text." },
        { object: "event", property: "keyCode", message: "Use event.code and the table in app/keyboard." },
      ],
    },
  },
  {
    files: ["src/viewer/**"],
    rules: {
      "no-restricted-imports": [
        "error",
        { paths: [{ name: "react", message: "The viewer is plain TypeScript; React stands in pages/reading." }] },
      ],
    },
  },
  {
    files: ["src/app/**", "src/api/**", "src/ui/**", "src/pages/login/**", "src/pages/worklist/**", "src/main.tsx"],
    rules: {
      "no-restricted-imports": [
        "error",
        {
          patterns: [
            {
              group: ["@cornerstonejs/*", "**/viewer/*"],
              message: "The viewer's code loads when a study opens: import it in pages/reading only.",
            },
          ],
        },
      ],
    },
  },
  { files: ["bundling/**", "*.config.*", "**/*.test.ts"], rules: { "consilium/newer-apis": "off" } },
];
