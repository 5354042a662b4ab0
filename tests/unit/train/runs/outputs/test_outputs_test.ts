import assert from "node:assert/strict";
import { Net } from "../../../../../net/mod.ts";
import { Confusion } from "../../../../../train/runs/outputs/confusion.ts";
import { findClassOutputs, findImages } from "../../../../../train/runs/outputs/find_outputs.ts";
import { judgeBatch } from "../../../../../train/runs/outputs/judge_batch.ts";
import { TestOutputCollector } from "../../../../../train/runs/outputs/test_outputs.ts";
import { WorstImages } from "../../../../../train/runs/outputs/worst_images.ts";

const input = (name: string, ...dims: number[]) =>
  `layer { name: "${name}" type: "Input" top: "${name}" input_param { shape { ${
    dims.map((dim) => `dim: ${dim}`).join(" ")
  } } } }`;
const layer = (type: string, bottoms: string[], top: string, more = "") =>
  `layer { name: "${top}" type: "${type}" ${
    bottoms.map((bottom) => `bottom: "${bottom}"`).join(" ")
  } top: "${top}" ${more} }`;
/** The loss of the net's other branch. */
const AUX_LOSS = "aux_loss";

Deno.test("scores and labels are those that the last Accuracy of the best guess compares", async () => {
  const text = [
    input("data", 2, 3, 4, 4),
    input("label", 2),
    layer("InnerProduct", ["data"], "aux", "inner_product_param { num_output: 3 }"),
    layer("InnerProduct", ["data"], "main", "inner_product_param { num_output: 3 }"),
    layer("SoftmaxWithLoss", ["aux", "label"], AUX_LOSS),
    layer("SoftmaxWithLoss", ["main", "label"], "loss", "loss_param { ignore_label: 7 }"),
    layer("Accuracy", ["aux", "label"], "aux_top1"),
    layer("Accuracy", ["main", "label"], "top1", "accuracy_param { ignore_label: 9 }"),
    layer("Accuracy", ["aux", "label"], "top2", "accuracy_param { top_k: 2 }"),
  ].join("\n");
  using net = await Net.fromText(text);
  const found = findClassOutputs(net)!;
  assert.equal(found.scores, net.blob("main"));
  assert.equal(found.labels, net.blob("label"));
  assert.deepEqual([found.kind, found.axis, found.ignoreLabel], ["logits", 1, 9]);
  assert.equal(findImages(net)?.images, net.blob("data"));
});

Deno.test("without an Accuracy it is the loss that tells, or a Softmax beside a label; other nets don't classify", async () => {
  const start = `${input("scores", 2, 3)} ${input("label", 2)}`;
  using loss = await Net.fromText(`${start} ${layer("SoftmaxWithLoss", ["scores", "label"], "loss")}`);
  assert.equal(findClassOutputs(loss)?.kind, "logits");
  assert.equal(findImages(loss), undefined);
  using softmax = await Net.fromText(`${start} ${layer("Softmax", ["scores"], "prob")}`);
  assert.equal(findClassOutputs(softmax)?.scores, softmax.blob("prob"));
  assert.equal(findClassOutputs(softmax)?.kind, "probabilities");
  using hinge = await Net.fromText(`${start} ${layer("HingeLoss", ["scores", "label"], "loss")}`);
  assert.equal(findClassOutputs(hinge)?.kind, "scores");
  using other = await Net.fromText(`${start} ${layer("ReLU", ["scores"], "out")}`);
  assert.equal(findClassOutputs(other), undefined);
  assert.equal(TestOutputCollector.for(other), undefined);
});

Deno.test("losses are those of the softmax, and margins for scores of another kind", async () => {
  using net = await Net.fromText(`${input("scores", 3, 3)} ${input("label", 3)}`);
  net.blob("scores").write(new Float32Array([1, 2, 3, 0.2, 0.5, 0.3, 5, 1, 1]));
  net.blob("label").write(new Float32Array([2, 0, 3]));
  const judge = (kind: "logits" | "probabilities" | "scores") => {
    const losses: number[][] = [];
    const [scores, labels] = [net.blob("scores"), net.blob("label")];
    judgeBatch({ scores, labels, axis: 1, kind }, true, ({ index, label, guess, loss }) => {
      losses.push([index, label, guess, Number(loss.toFixed(5))]);
    });
    return losses;
  };
  // The last label is no class.
  assert.deepEqual(judge("logits"), [[0, 2, 2, 0.40761], [1, 0, 1, 1.23983]]);
  assert.deepEqual(judge("probabilities"), [[0, 2, 2, -1.09861], [1, 0, 1, 1.60944]]);
  assert.deepEqual(judge("scores"), [[0, 2, 2, -1], [1, 0, 1, 0.3]]);
});

Deno.test("each pixel counts where each has a label, but for the ignored ones", async () => {
  using net = await Net.fromText(`${input("scores", 2, 2, 1, 2)} ${input("label", 2, 1, 2)}`);
  const [scores, labels] = [net.blob("scores"), net.blob("label")];
  scores.write(new Float32Array([1, 0, 0, 1, /* */ 1, 1, 0, 2])); // of class 0, then of class 1, for two pixels
  labels.write(new Float32Array([0, 255, 1, 1]));
  const found: number[][] = [];
  judgeBatch(
    { scores, labels, axis: 1, kind: "logits", ignoreLabel: 255 },
    false,
    ({ index, label, guess, loss }) => {
      assert.ok(Number.isNaN(loss));
      found.push([index, label, guess]);
    },
  );
  assert.deepEqual(found, [[0, 0, 0], [1, 1, 0], [1, 1, 1]]);
});

Deno.test("precision, recall and F1 follow from the confusion matrix", () => {
  const confusion = new Confusion(3);
  for (const [label, guess] of [[0, 0], [0, 0], [0, 1], [1, 1], [5, 1], [1, -1], [0.5, 1]] as const) {
    confusion.add(label, guess);
  }
  assert.deepEqual([...confusion.counts], [2, 1, 0, 0, 1, 0, 0, 0, 0]);
  const [first, second, third] = confusion.scores();
  assert.deepEqual(first, { class: 0, precision: 1, recall: 2 / 3, f1: 0.8, support: 3 });
  assert.deepEqual(second, { class: 1, precision: 0.5, recall: 1, f1: 2 / 3, support: 1 });
  assert.deepEqual(third, { class: 2, precision: NaN, recall: NaN, f1: NaN, support: 0 });
});

Deno.test("of all images the worst stay, in order", () => {
  const worst = new WorstImages(3);
  for (const [number, loss] of [NaN, 2, 5, 1, 4, 4.5, 0].entries()) {
    worst.add({ label: 0, guess: 1, loss, number, values: new Float32Array(), shape: [] });
  }
  assert.deepEqual(worst.images.map(({ number, loss }) => [number, loss]), [[2, 5], [5, 4.5], [4, 4]]);
});

Deno.test("a collector gathers all batches of a test, with copies of the worst images", async () => {
  const text = [
    input("data", 2, 1, 2, 2),
    input("scores", 2, 2),
    input("label", 2),
    layer("Accuracy", ["scores", "label"], "accuracy"),
    layer("SoftmaxWithLoss", ["scores", "label"], "loss"),
  ].join("\n");
  using net = await Net.fromText(text);
  const collector = TestOutputCollector.for(net)!;
  collector.start(40);
  for (const batch of [0, 1]) {
    net.forward({
      inputs: {
        data: new Float32Array([0, 1, 2, 3, 4, 5, 6, 7].map((value) => value + 8 * batch)),
        scores: new Float32Array(batch === 0 ? [1, 0, 0, 3] : [9, 0, 0, 1]),
        label: new Float32Array([0, batch]),
      },
    });
    collector.batch();
  }
  const outputs = collector.end()!;
  assert.equal(outputs.iteration, 40);
  assert.deepEqual([...outputs.confusion.counts], [2, 1, 0, 1]);
  const [worst] = outputs.worst.images;
  assert.deepEqual([worst?.number, worst?.label, worst?.guess], [1, 0, 1]);
  assert.deepEqual([...worst!.values], [4, 5, 6, 7]);
  assert.deepEqual(worst!.shape, [1, 2, 2]);
  assert.equal(outputs.worst.images.length, 4);
});
