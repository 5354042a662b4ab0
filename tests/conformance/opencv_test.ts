// Layers of Caffe's forks give what OpenCV's dnn module gives; record_opencv.py asks it.
//
// OpenCV is known to differ from the forks, whose code decides: it orders detections by their confidence, not by
// their class, which rows are sorted for here. No net here has the others: PriorBox clips by default, wants
// variances, and does not cut fractions of min_size and max_size off; DetectionOutput wants keep_top_k, and priors
// without variances for variance_encoded_in_target; Proposal knows no min_size.
import assert from "node:assert/strict";
import { gunzipSync } from "node:zlib";
import { Net } from "../../net/net.ts";
import { differences } from "./answer.ts";
import { readGolden } from "./golden.ts";
import { live } from "./judge.ts";

interface Recorded {
  net: string;
  inputs: Record<string, string>;
  outputs: Record<string, { shape: number[]; values: string }>;
}

/** The values that record_opencv.py packed. */
function unpacked(values: string): Float32Array<ArrayBuffer> {
  return new Float32Array(new Uint8Array(gunzipSync(Uint8Array.fromBase64(values))).buffer);
}

/** Sorts rows by their third values, the highest first, items apart. */
function sortRows(values: Float32Array, size: number): void {
  const rows = Array.from(
    { length: values.length / size },
    (_, r) => [...values.subarray(r * size, (r + 1) * size)],
  );
  rows.sort((a, b) => a[0]! - b[0]! || b[2]! - a[2]!);
  values.set(rows.flat());
}

/** What the embedded engine computes itself, and BVLC's Caffe does not have. */
const EMBEDDED_ONLY = ["HardSigmoid", "HardSwish", "Permute", "Pooling", "ReLU6"];

const golden = await readGolden<Record<string, Recorded>>("opencv_library");

Deno.test("opencv: there is a record", () => assert.ok(Object.keys(golden).length >= 22));

for (const [name, { net: text, inputs, outputs }] of Object.entries(golden)) {
  const both = live && !EMBEDDED_ONLY.includes(name.split(":")[0]!);
  for (const engine of both ? ["embedded", "libcaffe"] : ["embedded"]) {
    Deno.test(`opencv: ${name}: ${engine}`, async () => {
      using net = await Net.fromText(text, { engine, phase: "TEST" });
      net.forward({
        inputs: Object.fromEntries(Object.entries(inputs).map(([blob, each]) => [blob, unpacked(each)])),
      });
      for (const [blob, { shape, values }] of Object.entries(outputs)) {
        const found = { shape: [...net.blob(blob).shape], values: net.blob(blob).read() };
        const expected = { shape, values: unpacked(values) };
        if (name.startsWith("DetectionOutput")) {
          for (const each of [found, expected]) sortRows(each.values, 7);
        }
        assert.deepEqual(differences({ [blob]: found }, { [blob]: expected }), []);
      }
    });
  }
}
