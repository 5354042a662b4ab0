import assert from "node:assert/strict";
import { AP_VERSIONS, averagePrecision } from "../../../train/average_precision.ts";

/** Detections in the order of their confidences: "+" is right, "-" is wrong. */
const detections = (signs: string) =>
  [...signs].map((sign, i) => ({ score: 1 - i / signs.length, right: sign === "+" }));

function near(found: number, expected: number, what?: string): void {
  assert.ok(Math.abs(found - expected) < 1e-12, `${what ?? ""} found ${found}, expected ${expected}`);
}

Deno.test("the three versions of average precision, as computed by hand", () => {
  // Precisions 1, 1/2, 2/3, 3/4, 3/5 at the recalls 1/4, 1/4, 2/4, 3/4, 3/4.
  const found = detections("+-++-");
  near(averagePrecision(found, 4, "Integral"), (1 + 2 / 3 + 3 / 4) / 4);
  near(averagePrecision(found, 4, "MaxIntegral"), (1 + 3 / 4 + 3 / 4) / 4);
  near(averagePrecision(found, 4, "11point"), (3 * 1 + 5 * 3 / 4 + 3 * 0) / 11);

  // Precisions 0, 1/2, 2/3, 1/2, 3/5 at the recalls 0, 1/3, 2/3, 2/3, 1.
  const late = detections("-++-+");
  near(averagePrecision(late, 3, "Integral"), (1 / 2 + 2 / 3 + 3 / 5) / 3);
  near(averagePrecision(late, 3, "MaxIntegral"), (2 / 3 + 2 / 3 + 3 / 5) / 3);
  near(averagePrecision(late, 3, "11point"), (7 * 2 / 3 + 4 * 3 / 5) / 11);
});

Deno.test("average precision is 1 for all objects and nothing else, and 0 without detections or objects", () => {
  for (const version of AP_VERSIONS) {
    near(averagePrecision(detections("++"), 2, version), 1, version);
    near(averagePrecision(detections("++---"), 2, version), 1, version);
    near(averagePrecision(detections("--"), 2, version), 0, version);
    near(averagePrecision([], 2, version), 0, version);
    near(averagePrecision(detections("--"), 0, version), 0, version);
  }
});

Deno.test("average precision sorts by confidence, and keeps the order of equal ones", () => {
  const right = { score: 0.5, right: true }, wrong = { score: 0.5, right: false };
  const better = { score: 0.75, right: false };
  near(averagePrecision([right, better], 1, "Integral"), 1 / 2);
  near(averagePrecision([right, wrong], 1, "Integral"), 1);
  near(averagePrecision([wrong, right], 1, "Integral"), 1 / 2);
});

Deno.test("11point compares recalls of 32 bits, as SSD's fork does: 7 of 10 is below 0.7, and 6 of 10 is 0.6", () => {
  near(averagePrecision(detections("+++++++"), 10, "11point"), 7 / 11);
  near(averagePrecision(detections("++++++"), 10, "11point"), 7 / 11);
});
