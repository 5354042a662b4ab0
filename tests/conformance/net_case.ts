import type { NetHandle } from "../../ffi/net_handle.ts";
import type { Phase } from "../../proto/messages.ts";
import { Net } from "../../net/net.ts";
import { type Answer, scalar } from "./answer.ts";
import { fill, type Values } from "./values.ts";

/** A net, its inputs and parameters, and how closely the engines must agree on the results. */
export interface NetCase {
  /** Unique in its record. */
  readonly name: string;
  /** The prototxt. */
  readonly net: string;
  /** Default TRAIN. */
  readonly phase?: Phase | undefined;
  /** How to fill each blob that an Input layer makes; default normal. */
  readonly inputs?: Readonly<Record<string, Values>> | undefined;
  /** Inputs that have no gradient, such as labels. */
  readonly constant?: readonly string[] | undefined;
  /**
   * How to fill a layer's parameters, by the layer's name; default normal, divided by the root of the fan-in.
   */
  readonly params?: Readonly<Record<string, readonly Values[]>> | undefined;
  /** Blobs to compare besides the net's outputs. */
  readonly blobs?: readonly string[] | undefined;
  /** New shapes of inputs, for a second run after a first one. */
  readonly reshape?: Readonly<Record<string, readonly number[]>> | undefined;
  /** How often forward and backward run, adding up the gradients of parameters; default 1. */
  readonly passes?: number | undefined;
  /** Whether backward runs; default true. */
  readonly backward?: boolean | undefined;
  /** Replaces {@link TOLERANCE}. */
  readonly tolerance?: number | undefined;
  /** Replaces {@link FLOOR}. */
  readonly floor?: number | undefined;
  /** Turns the answer of a layer that draws random numbers into one that does not depend on them. */
  readonly derive?: ((answer: Answer, inputs: Readonly<Record<string, Float32Array>>) => Answer) | undefined;
  /** Why the case is special: a looser tolerance, a higher floor, a `derive`. */
  readonly why?: string | undefined;
}

/** The text of what a case asks. A record of another text is out of date. */
export function asked(each: NetCase): string {
  const { net, phase, inputs, constant, params, blobs, reshape, passes, backward, derive } = each;
  return JSON.stringify({
    ...{ net, phase, inputs, constant, params, blobs, backward },
    ...{ reshape, passes, derive: derive !== undefined },
  });
}

/** Puts the same parameters into a net on any engine. */
export function writeParams(net: Net, { name, params = {} }: Pick<NetCase, "name" | "params">): void {
  for (const layer of net.layers) {
    for (const [i, blob] of layer.blobs.entries()) {
      const fanIn = blob.shape.length > 1 ? blob.count / blob.shape[0]! : 4;
      const values = params[layer.name]?.[i] ?? { kind: "normal", scale: 1 / Math.sqrt(fanIn) };
      blob.write(fill(values, blob.count, `${name} ${layer.name} ${i}`));
    }
  }
}

/** Puts the same values into the blobs of a net's Input layers. */
export function writeInputs(net: Net, { name, inputs = {} }: Pick<NetCase, "name" | "inputs">) {
  const written: Record<string, Float32Array<ArrayBuffer>> = {};
  for (const input of net.inputs) {
    const blob = net.blob(input);
    written[input] = fill(inputs[input] ?? { kind: "normal" }, blob.count, `${name} ${input}`);
    blob.write(written[input]);
  }
  return written;
}

/** Runs a case: forward, then backward from random gradients of the outputs that are not losses. */
export async function answerOf(each: NetCase, engine: string): Promise<Answer> {
  using net = await Net.fromText(each.net, { engine, phase: each.phase ?? "TRAIN", seed: 1 });
  writeParams(net, each);
  if (each.reshape !== undefined) {
    writeInputs(net, each);
    answerNet(net, each);
    for (const [name, shape] of Object.entries(each.reshape)) net.blob(name).reshape(shape);
    net.reshape();
  }
  const inputs = writeInputs(net, each);
  return answerNet(net, each, inputs);
}

/** As {@link answerOf}, for a net that is filled already. */
export function answerNet(
  net: Net,
  each: NetCase,
  inputs: Readonly<Record<string, Float32Array>> = {},
): Answer {
  const { handle } = net;
  const answer: Answer = { loss: scalar(handle.forward()) };
  for (const name of new Set([...net.outputs, ...each.blobs ?? []])) {
    const blob = net.blob(name);
    answer[`top ${name}`] = { shape: blob.shape, values: blob.read() };
  }
  if (each.backward ?? true) {
    writeTopGradients(handle, each.name);
    handle.clearDiffs();
    handle.backward();
    for (let pass = 1; pass < (each.passes ?? 1); pass++) {
      handle.forward();
      writeTopGradients(handle, each.name);
      handle.backward();
    }
    for (const name of net.inputs) {
      if (each.constant?.includes(name)) continue;
      const blob = net.blob(name);
      answer[`gradient of ${name}`] = { shape: blob.shape, values: blob.read("diff") };
    }
    for (const { name, blobs } of net.layers) {
      for (const [i, blob] of blobs.entries()) {
        answer[`gradient of parameter ${name} ${i}`] = { shape: blob.shape, values: blob.read("diff") };
      }
    }
  }
  // BatchNorm: forward itself changes the statistics.
  for (const { name, type, blobs } of net.layers) {
    if (type !== "BatchNorm") continue;
    for (const [i, blob] of blobs.entries()) {
      answer[`parameter ${name} ${i}`] = { shape: blob.shape, values: blob.read() };
      delete answer[`gradient of parameter ${name} ${i}`];
    }
  }
  return each.derive?.(answer, inputs) ?? answer;
}

function writeTopGradients(handle: NetHandle, seed: string): void {
  for (const output of handle.outputs) {
    if (handle.lossWeight(output) !== 0) continue;
    const blob = handle.blobs[output]!;
    blob.write(fill({ kind: "normal" }, blob.count, `${seed} gradient ${handle.blobNames[output]}`), "diff");
  }
}
