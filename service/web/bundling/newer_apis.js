/** An ESLint rule: interfaces of browser and language that came after a version of Chrome, by MDN's compatibility data. */

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";

const DATA = createRequire(import.meta.url).resolve("@mdn/browser-compat-data");

/** What a page meets all the time: their members are looked for by name alone, since a linter does not know types. */
const MET = new Set(
  (
    "Array ArrayBuffer Date Map Number Object Promise RegExp Set String TypedArray AbortSignal Blob CSSStyleSheet Document " +
    "Element Event EventSource File Headers HTMLButtonElement HTMLDialogElement HTMLElement HTMLInputElement " +
    "HTMLSelectElement KeyboardEvent Location Navigator Node PointerEvent Range Request Response ShadowRoot Window"
  ).split(" "),
);

/** The first version of Chrome that has a feature without a flag or prefix; null while none has it. */
function since(compat) {
  const support = [compat.support.chrome].flat().find((each) => !each.flags && !each.prefix && !each.alternative_name);
  const version = Number.parseInt(String(support?.version_added ?? "").replace("≤", ""), 10);
  return Number.isNaN(version) ? null : version;
}

/**
 * Names that a page cannot use in the given Chrome.
 * globals: constructors and namespaces; statics: `Promise.withResolvers`; members: names that no older interface has, of what a page meets.
 */
function newerThan(chrome) {
  const data = JSON.parse(readFileSync(DATA, "utf8"));
  const isNewer = (compat) => {
    const version = since(compat);
    return version === null || version > chrome;
  };
  const globals = new Set();
  const statics = new Set();
  const newMembers = new Set();
  const oldMembers = new Set();
  for (const [name, owner] of [...Object.entries(data.api), ...Object.entries(data.javascript.builtins)]) {
    if (name === "__compat" || owner.__compat === undefined) continue;
    if (isNewer(owner.__compat)) globals.add(name);
    for (const [key, feature] of Object.entries(owner)) {
      const member = key.replace(/_(static|event)$/, "");
      if (feature.__compat === undefined || !/^[a-z]\w*$/i.test(member)) continue;
      if (!isNewer(feature.__compat)) oldMembers.add(member);
      else if (key.endsWith("_static") || /^(Promise|Object|Array|Intl|Atomics|URL|CSS)$/.test(name)) {
        statics.add(`${name}.${member}`);
      } else if (MET.has(name)) newMembers.add(member);
    }
  }
  return { globals, statics, members: new Set([...newMembers].filter((name) => !oldMembers.has(name))) };
}

const known = new Map();

export const newerApis = {
  meta: { type: "problem", schema: [{ type: "integer" }] },
  create(context) {
    const [chrome] = context.options;
    if (!known.has(chrome)) known.set(chrome, newerThan(chrome));
    const { globals, statics, members } = known.get(chrome);
    const report = (node, name) => context.report({ node, message: `${name} is newer than Chrome ${chrome}.` });
    return {
      NewExpression(node) {
        if (node.callee.type === "Identifier" && globals.has(node.callee.name)) report(node, node.callee.name);
      },
      MemberExpression(node) {
        if (node.computed || node.property.type !== "Identifier") return;
        const name = node.property.name;
        const owner = node.object.type === "Identifier" ? node.object.name : "";
        if (globals.has(owner) && /^[A-Z]/.test(owner)) report(node, owner);
        else if (statics.has(`${owner}.${name}`)) report(node, `${owner}.${name}`);
        else if (members.has(name) && owner !== "styles") report(node, `.${name}`);
      },
    };
  },
};
