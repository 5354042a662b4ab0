import { CremaError } from "../../base/error.ts";
import type { Graph, GraphValue } from "../graph/read_graph.ts";
import { shapeText } from "../graph/shape_rules.ts";

/** The shape of an input, and what was assumed. */
export interface InputShape {
  /** Its lengths. */
  readonly shape: readonly number[];
  /** A remark where the model leaves its batch open. */
  readonly remark?: string;
}

/**
 * The shapes of a graph's inputs: those given, else those in the file, with a batch of 1 where it is open. The batch is
 * the first axis, and every axis of the same name. Throws a CremaError for other lengths that are open, and for shapes of
 * inputs that the graph does not have.
 */
export function inputShapes(
  { inputs, unused }: Graph,
  given: ReadonlyMap<string, readonly number[]>,
): Map<string, InputShape> {
  for (const name of given.keys()) {
    if (inputs.some((each) => each.name === name) || unused.includes(name)) continue;
    const names = inputs.map((each) => `'${each.name}'`).join(", ");
    throw new CremaError(`Expected the shape of an input (${names}) but found one for '${name}'`);
  }
  const batches = new Set(inputs.map(({ shape }) => shape?.[0]).filter((dim) => typeof dim === "string"));
  return new Map(inputs.map((input) => {
    const own = given.get(input.name);
    if (own === undefined) return [input.name, shapeOf(input, batches)];
    if (input.shape !== undefined && input.shape.length !== own.length) {
      throw new CremaError(
        `Expected ${input.shape.length} lengths for input '${input.name}' but found ${shapeText(own)}`,
      );
    }
    return [input.name, { shape: own }];
  }));
}

function shapeOf({ name, shape }: GraphValue, batches: ReadonlySet<unknown>): InputShape {
  const example = (shape ?? [1, 3, undefined, undefined]).map((dim, i) =>
    typeof dim === "number" ? dim : i === 0 || batches.has(dim) ? 1 : 224
  );
  const hint = `Give its shape: --input ${name}=${example.join(",")}.`;
  if (shape === undefined) {
    throw new CremaError(`Expected the shape of input '${name}' but found none`, { hint });
  }
  const isBatch = shape.map((dim, i) => typeof dim !== "number" && (i === 0 || batches.has(dim)));
  const open = shape.findIndex((dim, i) => typeof dim !== "number" && !isBatch[i]);
  if (open >= 0) {
    const found = shape[open] === undefined ? "an open one" : `'${shape[open]}'`;
    throw new CremaError(`Expected a length for axis ${open} of input '${name}' but found ${found}`, {
      hint,
    });
  }
  const known = shape.map((dim) => typeof dim === "number" ? dim : 1);
  if (!isBatch.includes(true)) return { shape: known };
  const remark = `Input '${name}' has an open batch: taken as ${
    shapeText(known)
  }; --input ${name}=… sets another.`;
  return { shape: known, remark };
}
