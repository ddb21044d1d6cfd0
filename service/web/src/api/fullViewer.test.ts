import { expect, test } from "vitest";

import { fullViewerAddress } from "./fullViewer";

test("is another port of the host and the scheme by which our page was reached", () => {
  const page = "https://centre.example.org/read/h0/1.2?series=1.3";

  expect(fullViewerAddress(page, 8443, "h0", "1.2.3")).toBe(
    "https://centre.example.org:8443/viewer/h0?StudyInstanceUIDs=1.2.3",
  );
});

test("keeps what is no part of an address out of it", () => {
  expect(fullViewerAddress("http://127.0.0.1:8042/", 8043, "a/b?c", "1&x=2")).toBe(
    "http://127.0.0.1:8043/viewer/a%2Fb%3Fc?StudyInstanceUIDs=1%26x%3D2",
  );
});
