import type { Blob } from "../../../ffi/blob.ts";
import { Net } from "../../../net/net.ts";
import { Solver } from "../../../train/solver.ts";
import { type Answer, scalar } from "../../conformance/answer.ts";
import { fill, randomOf, type Values } from "../../conformance/values.ts";
import type { NetQuestion } from "./question.ts";

/** Steps that a net is trained. */
const STEPS = 5;

/**
 * Asks an engine: the loss, the values of all blobs, the gradients of blobs and parameters, and with a solver the losses
 * and the parameters of five steps. Throws a CremaError when the engine refuses the net.
 */
export async function answerQuestion(question: NetQuestion, engine: string): Promise<Answer> {
  const answer: Answer = {};
  {
    using net = await Net.fromText(question.net, { engine, phase: question.phase, seed: 1 });
    fillNet(net, question);
    runNet(net, question, answer);
  }
  if (question.solver !== undefined) await train(question, engine, answer);
  return answer;
}

function fillNet(net: Net, question: NetQuestion): void {
  for (const { name, diff, input } of question.blobs) {
    if (input !== undefined) write(question, net.blob(diff), input, name);
  }
  for (const { name, layers, params, fill } of question.groups) {
    for (const layer of layers) {
      for (let i = 0; i < params; i++) {
        const blob = net.layer(layer).blobs[i]!;
        const fanIn = blob.shape.length > 1 ? blob.count / blob.shape[0]! : 4;
        write(question, blob, fill?.[i] ?? { kind: "normal", scale: 1 / Math.sqrt(fanIn) }, `${name} ${i}`);
      }
    }
  }
}

function write({ seed, noise }: NetQuestion, blob: Blob, values: Values, name: string): void {
  const written = fill(values, blob.count, `${seed} ${name}`);
  if (noise !== 0 && values.kind !== "labels") {
    const next = randomOf(`${seed} ${name} noise ${noise}`);
    for (const [i, value] of written.entries()) written[i] = value * (1 + noise * (2 * next() - 1));
  }
  blob.write(written);
}

function runNet(net: Net, question: NetQuestion, answer: Answer): void {
  const { handle } = net, { blobs, groups, passes, forceBackward, phase } = question;
  const names = new Map(blobs.map(({ name, data }) => [data, name]));
  for (const output of net.outputs) {
    // What a split makes is named after its blob.
    const named = output.replace(/^[^_]+(?=_.*_split_\d+$)|^.*$/, (blob) => names.get(blob) ?? blob);
    answer[`output ${named}`] = scalar(1);
  }
  handle.clearDiffs();
  const { loss, sums } = runPasses(net, passes, question.addedHere, () => {
    for (const { name, data, stays } of blobs) {
      const blob = net.blob(data);
      if (stays) answer[`values of ${name}`] = { shape: blob.shape, values: blob.read() };
    }
    if (!forceBackward) return;
    for (const output of handle.outputs) {
      if (handle.lossWeight(output) !== 0) continue;
      const blob = handle.blobs[output]!, name = handle.blobNames[output]!;
      const values = fill(
        { kind: "normal" },
        blob.count,
        `${question.seed} gradient ${names.get(name) ?? name}`,
      );
      blob.write(values, "diff");
    }
  });
  answer["loss"] = scalar(loss);
  const computed = new Set(
    net.layers.filter((_, i) => handle.layers[i]!.needsBackward).flatMap(({ tops }) => tops),
  );
  for (const { name, diff, input, gradient } of blobs) {
    if (!gradient || (input === undefined && !computed.has(diff))) continue;
    const blob = net.blob(diff);
    answer[`gradient of ${name}`] = { shape: blob.shape, values: blob.read("diff") };
  }
  // Now, since a blob may have its gradient's memory from a parameter.
  writeSums(net, sums);
  for (const { name, layers, params, statistics, apart } of groups) {
    for (let i = 0; i < params; i++) {
      const members = layers.map((layer) => net.layer(layer).blobs[i]!);
      const { shape } = members[0]!;
      if (statistics) {
        if (phase === "TRAIN") answer[`statistics ${name} ${i}`] = { shape, values: members[0]!.read() };
        continue;
      }
      const values = members[0]!.read("diff");
      for (const other of apart ? members.slice(1) : []) {
        for (const [at, value] of other.read("diff").entries()) values[at]! += value;
      }
      answer[`gradient of parameter ${name} ${i}`] = { shape, values };
    }
  }
}

/** What several passes came to: with `addedHere` also the sums of the gradients, one for each learnable parameter. */
interface Passes {
  readonly loss: number;
  readonly sums?: readonly Float32Array<ArrayBuffer>[] | undefined;
}

/** Runs forward and backward; the gradients of parameters add up, or are added up here. */
function runPasses(net: Net, passes: number, addedHere: boolean, afterForward = () => {}): Passes {
  const { handle } = net, learnable = handle.learnable.map(({ blob }) => blob);
  let loss = 0, sums: Float32Array<ArrayBuffer>[] | undefined;
  for (let pass = 0; pass < passes; pass++) {
    if (addedHere) handle.clearDiffs();
    loss += handle.forward();
    afterForward();
    handle.backward();
    if (!addedHere) continue;
    const found = learnable.map((blob) => blob.read("diff"));
    sums = sums?.map((sum, i) => sum.map((value, at) => value + found[i]![at]!)) ?? found;
  }
  return { loss, sums };
}

function writeSums({ handle }: Net, sums: Passes["sums"]): void {
  for (const [i, sum] of sums?.entries() ?? []) handle.learnable[i]!.blob.write(sum, "diff");
}

async function train(question: NetQuestion, engine: string, answer: Answer): Promise<void> {
  using solver = await Solver.fromText(
    `net_param { ${question.net} } ${question.solver} max_iter: ${STEPS} random_seed: 1 snapshot_prefix: "none"
      snapshot_after_train: false display: 0`,
    { engine },
  );
  fillNet(solver.net, question);
  for (let step = 0; step < STEPS; step++) {
    if (question.addedHere) {
      const passes = solver.param.iter_size ?? 1;
      const loss = solver.forwardBackward(() => {
        const { loss, sums } = runPasses(solver.net, passes, true);
        writeSums(solver.net, sums);
        return loss / passes;
      });
      answer[`trained: loss ${step}`] = scalar(loss);
      solver.applyUpdate();
    } else answer[`trained: loss ${step}`] = scalar(solver.step());
  }
  for (const { name, layers, params } of question.groups) {
    for (let i = 0; i < params; i++) {
      const blob = solver.net.layer(layers[0]!).blobs[i]!;
      answer[`trained: parameter ${name} ${i}`] = { shape: blob.shape, values: blob.read() };
    }
  }
}
