import type { NetworkInput } from "../../data/arrays/network_input.ts";
import type { NdArray } from "../../data/arrays/nd_array.ts";
import { CremaError } from "../../base/error.ts";
import type { NetParameter } from "../../proto/messages.ts";
import { Classifier, type ClassifierOptions, meansOfTen, type PredictOptions } from "./classifier.ts";
import { withNet } from "./image_net.ts";
import { ShapedNet } from "./shaped_net.ts";
import type { Net } from "../net.ts";

/**
 * A net with one input, of images or of anything else. Images are preprocessed as in {@link Classifier}; raw
 * values are used unchanged. The net is shaped to the number of examples, up to the batch size of the prototxt.
 */
export class Predictor implements Disposable {
  /** The net. */
  readonly net: Net;
  /** Shape of the net's input: (N, …). */
  readonly inputShape: readonly number[];
  /** The net, shaped to the examples that it is given. */
  readonly shaped: ShapedNet;
  /** Number of values of the output for each example: the classes. */
  readonly classes: number;
  readonly #classifier: Classifier | undefined;

  private constructor(net: Net, options: ClassifierOptions) {
    const [input, ...moreInputs] = net.inputs, [output] = net.outputs;
    if (input === undefined || moreInputs.length > 0) {
      throw new CremaError(`Expected net '${net.name}' to have one input but found ${net.inputs.length}`, {
        hint: "A net for deployment begins with a layer of type Input, not with data.",
      });
    }
    if (output === undefined) {
      throw new CremaError(`Expected net '${net.name}' to have an output but found none`);
    }
    this.net = net;
    this.inputShape = [...net.blob(input).shape];
    this.shaped = new ShapedNet(net, input, output);
    const { count, shape: [examples = 1] } = net.blob(output);
    this.classes = count / Math.max(1, examples);
    this.#classifier = this.inputShape.length === 4 ? Classifier.of(net, options) : undefined;
  }

  /**
   * Makes a predictor from an upgraded NetParameter. Throws a CremaError unless the net is valid and has one
   * input.
   */
  static async create(param: NetParameter, options: ClassifierOptions = {}): Promise<Predictor> {
    return await withNet(param, options, (net) => new Predictor(net, options));
  }

  /**
   * Returns the net's first output for each example: (N, …). Throws a CremaError for images if the net does
   * not take them.
   */
  predict(input: NetworkInput, options: PredictOptions = {}): NdArray {
    return this.scores(input, this.shaped.forward(this.prepare(input, options)), options);
  }

  /**
   * The first part of {@link predict}: returns the values that the net takes, for one or more whole examples.
   * Throws a CremaError for images if the net does not take them.
   */
  prepare(input: NetworkInput, { oversample = false }: PredictOptions = {}): Float32Array {
    if ("values" in input) return input.values;
    if (this.#classifier === undefined) {
      throw new CremaError(
        `Expected values of shape (${this.inputShape.slice(1).join(", ")}) but found images`,
      );
    }
    return this.#classifier.prepare(input.images, { oversample });
  }

  /** The last part of {@link predict}: returns the scores of an input, (N, …), from what the net made of it. */
  scores(input: NetworkInput, output: NdArray, { oversample = false }: PredictOptions = {}): NdArray {
    return oversample && "images" in input ? meansOfTen(output) : output;
  }

  /** Frees the net. */
  [Symbol.dispose](): void {
    this.net[Symbol.dispose]();
  }
}
