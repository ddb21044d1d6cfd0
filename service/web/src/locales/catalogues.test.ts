/** The two catalogues say the same things, everything they say is used, and nothing is said outside of them. */

import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import ts from "typescript";
import { describe, expect, it } from "vitest";

import en from "./en";
import zh from "./zh-CN";

const SOURCE = join(__dirname, "..");
const CHINESE = /[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]/;
/** Words that are one in both languages: names, units, digits, signs. */
const SPOKEN_ATTRIBUTES = new Set(["aria-label", "title", "placeholder", "alt", "label"]);

function flat(tree: object, prefix = ""): Map<string, string> {
  const found = new Map<string, string>();
  for (const [name, value] of Object.entries(tree) as [string, unknown][]) {
    if (typeof value === "string") found.set(prefix + name, value);
    else for (const [key, text] of flat(value as object, `${prefix}${name}.`)) found.set(key, text);
  }
  return found;
}

/** English has a singular, Chinese has not. */
function withoutPlurals(keys: Iterable<string>): string[] {
  return [...new Set([...keys].map((key) => key.replace(/_(one|other)$/, "")))].sort();
}

function placeholders(text: string): string[] {
  return [...text.matchAll(/\{\{(\w+)\}\}/g)].map((match) => match[1] ?? "").sort();
}

function sources(): { name: string; tree: ts.SourceFile; text: string }[] {
  const names = readdirSync(SOURCE, { recursive: true, encoding: "utf8" });
  return names
    .filter((name) => /\.tsx?$/.test(name) && !/\.test\.tsx?$/.test(name) && !name.endsWith(".d.ts"))
    .map((name) => {
      const text = readFileSync(join(SOURCE, name), "utf8");
      return { name, text, tree: ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true, ts.ScriptKind.TSX) };
    });
}

function walk(node: ts.Node, visit: (node: ts.Node) => void): void {
  visit(node);
  node.forEachChild((child) => walk(child, visit));
}

const chinese = flat(zh);
const english = flat(en);

describe("the catalogues", () => {
  it("have the same keys", () => {
    expect(withoutPlurals(english.keys())).toEqual(withoutPlurals(chinese.keys()));
  });

  it("fill in the same values", () => {
    const differing = [...english].filter(([key, text]) => {
      const other = chinese.get(key.replace(/_(one|other)$/, "")) ?? "";
      const missing = placeholders(text).filter((name) => !placeholders(other).includes(name));
      return missing.length > 0 || (!key.endsWith("_one") && placeholders(other).length !== placeholders(text).length);
    });
    expect(differing).toEqual([]);
  });

  it("leave no text empty, and no English in Chinese or Chinese in English", () => {
    expect([...chinese, ...english].filter(([, text]) => text.trim() === "")).toEqual([]);
    expect([...english].filter(([key, text]) => key !== "languages.zh-CN" && CHINESE.test(text))).toEqual([]);
    const same = [...chinese].filter(([, text]) => /[a-z]{3}/.test(text) && !CHINESE.test(text)).map(([key]) => key);
    expect(same).toEqual(["common.product", "languages.en"]);
  });

  it("have both English plurals wherever there is one", () => {
    const plural = [...english.keys()].filter((key) => /_(one|other)$/.test(key));
    const lacking = withoutPlurals(plural).filter((key) => !english.has(`${key}_one`) || !english.has(`${key}_other`));
    expect(lacking).toEqual([]);
  });

  it("say nothing that no page uses", () => {
    const used = sources().flatMap(({ tree }) => usedKeys(tree));
    const unused = withoutPlurals(chinese.keys()).filter((key) => !used.some((pattern) => pattern.test(key)));
    expect(unused).toEqual([]);
  }, 60_000);
});

describe("the pages", () => {
  it("show no text of their own", () => {
    expect(sources().flatMap(({ name, tree }) => spokenLiterals(tree).map((text) => `${name}: ${text}`))).toEqual([]);
  });

  it("hold no Chinese outside the catalogues", () => {
    expect(sources().filter(({ text }) => CHINESE.test(text)).map(({ name }) => name)).toEqual([]);
  });
});

/** Patterns of the keys that `t(…)` is called with; a part that is put in stands for any word. */
function usedKeys(tree: ts.SourceFile): RegExp[] {
  const found: RegExp[] = [];
  walk(tree, (node) => {
    if (!ts.isCallExpression(node) || node.expression.getText() !== "t") return;
    const [key] = node.arguments;
    if (key === undefined) return;
    if (ts.isStringLiteral(key) || ts.isNoSubstitutionTemplateLiteral(key)) found.push(exactly(key.text));
    if (ts.isTemplateExpression(key)) found.push(exactly(key.getText().slice(1, -1).replace(/\$\{[^}]*\}/g, "*")));
  });
  return found;
}

function exactly(key: string): RegExp {
  return new RegExp(`^${key.replaceAll(".", "\\.").replaceAll("*", "[\\w-]+")}$`);
}

/** Texts with letters that a person would see or hear: between tags, and in attributes that are spoken. */
function spokenLiterals(tree: ts.SourceFile): string[] {
  const found: string[] = [];
  walk(tree, (node) => {
    if (ts.isJsxText(node) && /\p{L}/u.test(node.text)) found.push(node.text.trim());
    if (!ts.isJsxAttribute(node) || !SPOKEN_ATTRIBUTES.has(node.name.getText())) return;
    const value = node.initializer;
    if (value !== undefined && ts.isStringLiteral(value) && /\p{L}/u.test(value.text)) found.push(value.text);
  });
  return found.filter((text) => !PRINTED_KEYS.has(text));
}

/** What is printed on the keys of every keyboard. */
const PRINTED_KEYS = new Set(["R", "Enter", "L", "A", "X", "U", "M", "N", "Esc", "Ctrl"]);
