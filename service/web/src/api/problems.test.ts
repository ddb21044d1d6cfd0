import type { TFunction } from "i18next";
import { describe, expect, it } from "vitest";

import { RoomProblem, Unreachable } from "./client";
import { inWords } from "./problems";

const t = ((key: string, values?: Record<string, string>) =>
  values === undefined ? key : `${key}(${Object.values(values).join("|")})`) as unknown as TFunction;

function refused(detail: string, ...faults: { field: string; message: string }[]): RoomProblem {
  return new RoomProblem(422, "invalid-request", detail, null, null, null, faults);
}

describe("a refusal in words", () => {
  it("names the field as the page does, and what is wrong with it", () => {
    const fault = { field: "body.senders.1.networks.0", message: "must be in CIDR notation" };
    expect(inWords(refused("Correct the fields.", fault), t)).toBe("fields.fault(fields.networks|must be in CIDR notation)");
  });

  it("names a field that no page shows as it is sent", () => {
    const fault = { field: "query.limit", message: "is too large" };
    expect(inWords(refused("Correct the fields.", fault), t)).toBe("fields.fault(query.limit|is too large)");
  });

  it("says a sentence once that is detail and fault at the same time", () => {
    const sentence = "Another hospital has this name.";
    expect(inWords(refused(sentence, { field: "body.name", message: sentence }), t)).toBe(sentence);
  });

  it("is the centre's own sentence where there is one, and the network's fault where nobody answered", () => {
    expect(inWords(refused("Choose another login."), t)).toBe("Choose another login.");
    expect(inWords(new Unreachable(), t)).toBe("problem.unreachable");
  });
});
