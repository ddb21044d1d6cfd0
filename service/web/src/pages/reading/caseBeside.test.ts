import { expect, it } from "vitest";

import { rowBeside } from "./caseBeside";

const row = (uid: string, reader: string | null = null) => ({
  hospital: { id: "h", name: "H" },
  study_instance_uid: uid,
  reader: reader === null ? null : { id: reader, name: reader },
});
const LIST = [row("a"), row("b", "me"), row("c", "other"), row("d")];

it("the next and the previous examination pass over what somebody else reads", () => {
  expect(rowBeside(LIST, "b", "me", 1)?.study_instance_uid).toBe("d");
  expect(rowBeside(LIST, "d", "me", -1)?.study_instance_uid).toBe("b");
  expect(rowBeside(LIST, "d", "me", 1)).toBeUndefined();
  expect(rowBeside(LIST, "a", "me", -1)).toBeUndefined();
});

it("after one that left the list the first of it comes", () => {
  expect(rowBeside(LIST, "signed", "me", 1)?.study_instance_uid).toBe("a");
  expect(rowBeside(LIST, "signed", "me", -1)).toBeUndefined();
});
