import { describe, expect, it } from "vitest";

import type { PriorView } from "../../api/reading";
import { priorFor, seriesBeside } from "./priors";

const CHEST = { date: "2026-11-28", modality: "CT", bodyPart: "CHEST" };

function prior(uid: string, date: string | null, modality: string, bodyPart: string): PriorView {
  return { study_instance_uid: uid, study_date: date, description: "", modalities: [modality], body_parts: [bodyPart], report: null };
}

describe("the prior beside an examination", () => {
  it("is the newest earlier one of the same modality and body part", () => {
    const priors = [
      prior("later", "2026-12-01", "CT", "CHEST"),
      prior("head", "2026-10-01", "CT", "HEAD"),
      prior("film", "2026-09-01", "DX", "CHEST"),
      prior("chest", "2026-01-01", "CT", "CHEST"),
      prior("older", "2024-01-01", "CT", "CHEST"),
    ];
    expect(priorFor(CHEST, priors)?.study_instance_uid).toBe("chest");
  });

  it("is of the same modality where the images do not say the body part", () => {
    expect(priorFor(CHEST, [prior("unsaid", null, "CT", "")])?.study_instance_uid).toBe("unsaid");
    expect(priorFor(CHEST, [prior("film", "2026-09-01", "DX", "CHEST")])).toBeUndefined();
  });
});

describe("the series beside one", () => {
  const series = (uid: string, modality: string, description: string, instances: number) => ({ uid, modality, description, number: 1, instances });

  it("has the same name, else the most images", () => {
    const shown = series("now", "CT", "Lung 1.25", 300);
    const offered = [series("scout", "CT", "Scout", 2), series("thick", "CT", "Chest 5", 60), series("film", "DX", "Lung 1.25", 900)];
    expect(seriesBeside(shown, offered)?.uid).toBe("thick");
    expect(seriesBeside(shown, [...offered, series("lung", "CT", "Lung 1.25", 40)])?.uid).toBe("lung");
    expect(seriesBeside(shown, [])).toBeUndefined();
  });
});
