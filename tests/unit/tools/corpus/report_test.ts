import assert from "node:assert/strict";
import { commonReason, type Outcome, reportOf, reportText } from "../../../../tools/corpus/report.ts";

const outcomes: Outcome[] = [
  { path: "a/1.prototxt", repository: "a", digest: "1", reached: "run" },
  {
    path: "a/2.prototxt",
    repository: "a",
    digest: "2",
    reached: "read",
    missing: ["Permute", "PriorBox"],
    reason: "layer type",
  },
  {
    path: "b/3.prototxt",
    repository: "b",
    digest: "3",
    reached: "read",
    missing: ["Permute"],
    reason: "layer type",
  },
  {
    path: "b/4.prototxt",
    repository: "b",
    digest: "4",
    reached: "read",
    reason: "b/4.prototxt:7:1: layer 'x': Expected 3 but found 4",
  },
  {
    path: "b/5.prototxt",
    repository: "b",
    digest: "5",
    reached: "read",
    reason: "b/5.prototxt:9:1: layer 'y': Expected 5 but found 6",
  },
  {
    path: "b/6.prototxt",
    repository: "b",
    digest: "6",
    reached: "nothing",
    reason: "b/6.prototxt:1:1: Expected a field",
  },
];

Deno.test("a report counts networks and repositories by reason and by missing type", () => {
  const { networks, read, run, unread, unrun, missing } = reportOf(outcomes);
  assert.deepEqual([networks, read, run], [6, 5, 1]);
  assert.deepEqual(unread, [{
    reason: "Expected a field",
    networks: 1,
    repositories: 1,
    example: "b/6.prototxt",
  }]);
  assert.deepEqual(unrun.map(({ reason, networks, repositories }) => [reason, networks, repositories]), [
    ["Expected N but found N", 2, 1],
    ["missing types", 2, 2],
  ]);
  assert.deepEqual(missing.map(({ reason, networks, repositories }) => [reason, networks, repositories]), [
    ["Permute", 2, 2],
    ["PriorBox", 1, 1],
  ]);
  assert.match(reportText(reportOf(outcomes)), /^read 5 of 6 \(83\.3 %\), run 1 of 6 \(16\.7 %\)\n/);
});

Deno.test("reasons lose their places, layers, numbers and shapes", () => {
  assert.equal(
    commonReason("x/y.prototxt:12:3: layer 'conv1': Expected [2, 3] but found 1×4 and 0.5\nmore"),
    "Expected SHAPE but found SHAPE and N",
  );
  assert.equal(commonReason("layer 'conv1': Expected a"), "Expected a");
});
