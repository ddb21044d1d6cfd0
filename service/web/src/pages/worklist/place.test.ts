import { expect, it } from "vitest";

import { NO_FILTER } from "../../api/worklist";
import { keepPlace, placeOf, searchOf } from "./place";

const URGENT = { ...NO_FILTER, q: "张", exam_class: "emergency" };

it("who comes back finds filter and row, and nobody else does", () => {
  keepPlace("anna", { filter: URGENT });
  keepPlace("anna", { row: { key: "h/1", at: 3 } });

  expect(placeOf("anna")).toEqual({ filter: URGENT, row: { key: "h/1", at: 3 } });
  expect(placeOf("bob")).toEqual({ filter: NO_FILTER, row: null });
});

it("the address says what narrows the list and nothing else", () => {
  expect(searchOf(URGENT)).toEqual({ q: "张", class: "emergency" });
  expect(searchOf(NO_FILTER)).toEqual({});
});
