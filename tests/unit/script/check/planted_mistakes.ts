import { type Blob, Layer } from "../../../../mod.ts";

/**
 * Layers with one mistake each, made from correct ones: y = x³ (with a parameter: w ⊙ x³), and half the mean
 * squared distance.
 */
class CubeLayer extends Layer {
  static bottoms = 1;
  static tops = 1;

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x === y) throw new RangeError("Expected a top of another name than the bottom but found it in place");
    y.reshape(x.shape);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data;
    for (let i = 0; i < to.length; i++) to[i] = from[i]! ** 3;
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    if (!wanted) return;
    const from = x.data, above = y.diff, to = x.diff;
    for (let i = 0; i < to.length; i++) to[i] = 3 * from[i]! ** 2 * above[i]!;
  }
}

class DistanceLayer extends Layer {
  static isLoss = true;
  static bottoms = 2;
  static tops = 1;

  override reshape(_: [Blob, Blob], [loss]: [Blob]): void {
    loss.reshape();
  }

  override forward([a, b]: [Blob, Blob], [loss]: [Blob]): void {
    const x = a.data, y = b.data;
    let sum = 0;
    for (let i = 0; i < x.length; i++) sum += (x[i]! - y[i]!) ** 2;
    loss.data[0] = sum / (2 * a.num);
  }

  override backward([loss]: [Blob], propagateDown: boolean[], [a, b]: [Blob, Blob]): void {
    const factor = loss.diff[0]! / a.num;
    if (propagateDown[0]) a.diff.set(a.data.map((x, i) => factor * (x - b.data[i]!)));
    if (propagateDown[1]) b.diff.set(b.data.map((y, i) => factor * (y - a.data[i]!)));
  }
}

class WeightedLayer extends Layer {
  static bottoms = 1;
  static tops = 1;
  protected weight!: Blob;

  override setup([x]: [Blob]): void {
    this.weight = this.blobs.add([x.shape.slice(1).reduce((a, b) => a * b, 1)], { type: "xavier" });
  }

  override reshape([x]: [Blob], [y]: [Blob]): void {
    if (x === y) throw new RangeError("Expected a top of another name than the bottom but found it in place");
    y.reshape(x.shape);
  }

  override forward([x]: [Blob], [y]: [Blob]): void {
    const from = x.data, to = y.data, w = this.weight.data;
    for (let i = 0; i < to.length; i++) to[i] = w[i % w.length]! * from[i]! ** 3;
  }

  override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
    const from = x.data, above = y.diff, w = this.weight.data, dw = this.weight.diff;
    for (let i = 0; i < from.length; i++) dw[i % w.length]! += from[i]! ** 3 * above[i]!;
    if (!wanted) return;
    const to = x.diff;
    for (let i = 0; i < to.length; i++) to[i] = 3 * w[i % w.length]! * from[i]! ** 2 * above[i]!;
  }
}

/** The correct layers. */
export const right = { CubeLayer, DistanceLayer, WeightedLayer };

/** A class, the rule that it breaks, and what the finding says. */
export type Planted = [layer: new (context: never) => Layer, rule: string, says: RegExp];

const planted: Planted[] = [];

function plant(layer: new (context: never) => Layer, rule: string, says: RegExp): void {
  planted.push([layer, rule, says]);
}

/** All mistakes. */
export const mistakes: readonly Planted[] = planted;

plant(
  class WrongSignLayer extends CubeLayer {
    override backward(tops: [Blob], wanted: boolean[], [x]: [Blob]): void {
      super.backward(tops, wanted, [x]);
      if (wanted[0]) x.diff.forEach((value, i, all) => all[i] = -value);
    }
  },
  "gradient-sign",
  /gradient of bottom 0 at \[\d, \d\]: expected \d\.\d+ but found -\d\.\d+ \(off by -\d\.\d+\), and \d+ more elements/,
);

plant(
  class ForgottenBatchLayer extends DistanceLayer {
    override backward([loss]: [Blob], propagateDown: boolean[], [a, b]: [Blob, Blob]): void {
      const factor = loss.diff[0]!;
      if (propagateDown[0]) a.diff.set(a.data.map((x, i) => factor * (x - b.data[i]!)));
      if (propagateDown[1]) b.diff.set(b.data.map((y, i) => factor * (y - a.data[i]!)));
    }
  },
  "gradient-factor",
  /gradient of bottom [01] .*\n.*\n {2}The whole gradient is \d times what it should be: forward divides by the number of items/,
);

plant(
  class OneElementLayer extends CubeLayer {
    override backward(tops: [Blob], wanted: boolean[], [x]: [Blob]): void {
      super.backward(tops, wanted, [x]);
      if (wanted[0]) x.diff[2]! *= 1.1;
    }
  },
  "gradient",
  /gradient of bottom 0 at \[0, 2\]: expected (-?\d\.\d+) but found \S+ \(off by [^)]+\)\n/,
);

plant(
  class ForgottenPropagateDownLayer extends DistanceLayer {
    override backward(tops: [Blob], _: boolean[], bottoms: [Blob, Blob]): void {
      super.backward(tops, [true, true], bottoms);
    }
  },
  "unwanted-diff-written",
  /backward writes bottom [01]'s diff at \[/,
);

plant(
  class WrongPropagateDownLayer extends DistanceLayer {
    override backward(tops: [Blob], propagateDown: boolean[], bottoms: [Blob, Blob]): void {
      if (propagateDown[0]) super.backward(tops, propagateDown, bottoms);
    }
  },
  "propagate-down",
  /gradient of bottom 1 with propagateDown \[false, true\] at \[/,
);

plant(
  class ForgottenBottomLayer extends DistanceLayer {
    override backward(tops: [Blob], [first]: boolean[], bottoms: [Blob, Blob]): void {
      super.backward(tops, [first!, false], bottoms);
    }
  },
  "gradient-missing",
  /gradient of bottom 1 at \[\d, \d\]: expected \S+ but found 0 /,
);

plant(
  class InPlaceLayer extends CubeLayer {
    override reshape([x]: [Blob], [y]: [Blob]): void {
      y.reshape(x.shape);
    }
  },
  "in-place",
  /gradient of bottom 0 in place at \[\d, \d\]: expected/,
);

plant(
  class OffByOneLayer extends CubeLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      const from = x.data, to = y.data;
      for (let i = 0; i <= to.length; i++) to[i] = from[i]! ** 3;
    }
  },
  "out-of-range",
  /forward (?:reads|writes) index 12 of (?:bottom|top) 0's data, which has 12 elements\n {2}at .*planted_mistakes.ts:\d+:\d+\n/,
);

plant(
  class NegativeIndexLayer extends CubeLayer {
    override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
      if (!wanted) return;
      const from = x.data, above = y.diff, to = x.diff;
      for (let i = to.length - 1; i >= -1; i--) {
        to[i] = 3 * from[Math.max(0, i)]! ** 2 * above[Math.max(0, i)]!;
      }
    }
  },
  "out-of-range",
  /backward writes index -1 of bottom 0's diff/,
);

plant(
  class BesideLayer extends CubeLayer {
    override forward(bottoms: [Blob], tops: [Blob]): void {
      super.forward(bottoms, tops);
      const { buffer, byteOffset, length } = tops[0].data;
      if (byteOffset + 4 * length < buffer.byteLength) new Float32Array(buffer, byteOffset)[length] = 1;
    }
  },
  "guard-zone",
  /forward writes element 12 of top 0's data, which has 12 elements/,
);

plant(
  class AddsLayer extends CubeLayer {
    override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
      if (!wanted) return;
      const from = x.data, above = y.diff, to = x.diff;
      for (let i = 0; i < to.length; i++) to[i]! += 3 * from[i]! ** 2 * above[i]!;
    }
  },
  "bottom-diff-added-to",
  /gradient of bottom 0 where its diff held 7\.0625 before/,
);

plant(
  class PartlyWrittenLayer extends CubeLayer {
    override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
      if (!wanted) return;
      const from = x.data, above = y.diff, to = x.diff;
      for (let i = 1; i < to.length; i++) to[i] = 3 * from[i]! ** 2 * above[i]!;
    }
  },
  "bottom-diff-not-written",
  /backward leaves the diff of bottom 0 as it was at \[0, 0\]/,
);

plant(
  class OverwrittenParameterLayer extends WeightedLayer {
    override backward(tops: [Blob], wanted: boolean[], bottoms: [Blob]): void {
      this.weight.diff.fill(0);
      super.backward(tops, wanted, bottoms);
    }
  },
  "parameter-diff-overwritten",
  /diff of parameter 0 that held 7\.0625 before/,
);

plant(
  class WrongParameterLayer extends WeightedLayer {
    override backward(tops: [Blob], wanted: boolean[], bottoms: [Blob]): void {
      super.backward(tops, wanted, bottoms);
      const w = this.weight.data;
      this.weight.diff.forEach((value, i, all) => all[i] = value + 0.1 * w[i]!);
    }
  },
  "gradient",
  /gradient of parameter 0 at \[\d\]/,
);

plant(
  class SlackParameterLayer extends WeightedLayer {
    override backward(tops: [Blob], [wanted]: boolean[], bottoms: [Blob]): void {
      if (wanted) super.backward(tops, [wanted], bottoms);
    }
  },
  "propagate-down",
  /gradient of parameter 0 with propagateDown \[false\]/,
);

plant(
  class ChangedParameterLayer extends WeightedLayer {
    override backward(tops: [Blob], wanted: boolean[], bottoms: [Blob]): void {
      super.backward(tops, wanted, bottoms);
      this.weight.data[0]! -= 0.01;
    }
  },
  "parameter-data-written",
  /backward writes parameter 0's data at \[0\]/,
);

plant(
  class LossWeightLayer extends DistanceLayer {
    override backward(_: [Blob], propagateDown: boolean[], [a, b]: [Blob, Blob]): void {
      if (propagateDown[0]) a.diff.set(a.data.map((x, i) => (x - b.data[i]!) / a.num));
      if (propagateDown[1]) b.diff.set(b.data.map((y, i) => (y - a.data[i]!) / a.num));
    }
  },
  "top-diff-ignored",
  /gradient of bottom 0 where the tops' diff is twice as large/,
);

plant(
  class WrittenBottomLayer extends CubeLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      const values = x.data;
      for (let i = 0; i < values.length; i++) values[i]! **= 3;
      y.data.set(values);
    }
    override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
      if (wanted) x.diff.set(x.data.map((value, i) => 3 * Math.cbrt(value) ** 2 * y.diff[i]!));
    }
  },
  "bottom-data-written",
  /forward writes bottom 0's data at \[0, 0\]/,
);

plant(
  class WrittenTopDiffLayer extends CubeLayer {
    override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
      const diff = y.diff, from = x.data;
      for (let i = 0; i < diff.length; i++) diff[i]! *= 3 * from[i]! ** 2;
      if (wanted) x.diff.set(diff);
    }
  },
  "top-diff-written",
  /backward writes top 0's diff at \[0, 0\]/,
);

plant(
  class WrittenTopDataLayer extends CubeLayer {
    override backward([y]: [Blob], wanted: boolean[], [x]: [Blob]): void {
      super.backward([y], wanted, [x]);
      this.ops.fill(0, y.data);
    }
  },
  "top-data-written",
  /backward writes top 0's data at \[0, 0\]/,
);

plant(
  class StashInDiffLayer extends CubeLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      super.forward([x], [y]);
      x.diff.set(x.data.map((value) => 3 * value ** 2));
    }
  },
  "diff-written-in-forward",
  /forward writes bottom 0's diff/,
);

plant(
  class NaNAtZeroLayer extends CubeLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      y.data.set(x.data.map((value) => value ** 4 / value));
    }
  },
  "not-finite",
  /top 0 is NaN for zeros at \[0, 0\], and 11 more elements/,
);

plant(
  class NaiveSoftmaxLayer extends Layer {
    static bottoms = 1;
    override reshape([x]: [Blob], [y]: [Blob]): void {
      y.reshape(x.shape);
    }
    override forward([x]: [Blob], [y]: [Blob]): void {
      const exps = x.data.map((value) => Math.fround(Math.exp(value)));
      const sum = exps.reduce((a, b) => a + b, 0);
      y.data.set(exps.map((value) => value / sum));
    }
  },
  "not-finite",
  /top 0 is NaN for numbers of ±100/,
);

plant(
  class StateLayer extends CubeLayer {
    #sum = new Float32Array();
    override forward([x]: [Blob], [y]: [Blob]): void {
      if (this.#sum.length !== x.count) this.#sum = new Float32Array(x.count);
      x.data.forEach((value, i) => this.#sum[i]! += value ** 3);
      y.data.set(this.#sum);
    }
  },
  "state",
  /top 0 of a second run on the same inputs at/,
);

plant(
  class AddsToTopLayer extends CubeLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      const from = x.data, to = y.data;
      for (let i = 0; i < to.length; i++) to[i]! += from[i]! ** 3;
    }
  },
  "top-not-written",
  /top 0 that held 5\.03125 before/,
);

plant(
  class FixedBatchLayer extends CubeLayer {
    #count = 0;
    override setup([x]: [Blob]): void {
      this.#count = x.count;
    }
    override forward([x]: [Blob], [y]: [Blob]): void {
      const from = x.data, to = y.data.fill(0);
      for (let i = 0; i < Math.min(this.#count, to.length); i++) to[i] = from[i]! ** 3;
    }
  },
  "batch-size",
  /top 0 after the batch became twice as large at \[[4-7], \d\]/,
);

plant(
  class ForgottenReshapeLayer extends CubeLayer {
    #shaped = false;
    override reshape(bottoms: [Blob], tops: [Blob]): void {
      if (!this.#shaped) super.reshape(bottoms, tops);
      this.#shaped = true;
    }
  },
  "batch-size",
  /after the batch/,
);

plant(
  class StaleViewLayer extends CubeLayer {
    #view = new Float32Array();
    override forward([x]: [Blob], [y]: [Blob]): void {
      this.#view = x.data;
      super.forward([x], [y]);
    }
    override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
      if (wanted) x.diff.set(this.#view.map((value, i) => 3 * value ** 2 * y.diff[i]!));
    }
  },
  "stale-view",
  /a view of bottom 0's data is used after the call \(forward\) that asked for it/,
);

/** Should be in the object. */
let kept = new Float32Array();

plant(
  class SharedStateLayer extends CubeLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      kept = x.data.slice();
      super.forward([x], [y]);
    }
    override backward([y]: [Blob], [wanted]: boolean[], [x]: [Blob]): void {
      if (wanted) x.diff.set(y.diff.map((above, i) => 3 * kept[i]! ** 2 * above));
    }
  },
  "two-in-a-net",
  /gradient of bottom 0 of the first of two layers of the class in one net/,
);

plant(
  class ReshapedBottomLayer extends CubeLayer {
    override forward([x]: [Blob], [y]: [Blob]): void {
      x.reshape(x.count);
      super.forward([x], [y]);
    }
  },
  "blob-reshaped",
  /forward reshapes bottom 0 from \(4, 3\) to \(12\)/,
);

plant(
  class ByChanceLayer extends CubeLayer {
    static examples = [{ bottoms: [[4, 3]], random: true }];
    override forward([x]: [Blob], [y]: [Blob]): void {
      const factor = Math.random();
      y.data.set(x.data.map((value) => value * factor));
    }
  },
  "seed",
  /of another net with the same seed/,
);

plant(
  class ThrowsLayer extends CubeLayer {
    override forward(): void {
      throw new RangeError("Expected something else");
    }
  },
  "fails",
  /forward threw: Expected something else\n {2}at .*planted_mistakes.ts:\d+:\d+\n/,
);

plant(
  class NoBackwardLayer extends DistanceLayer {
    override backward = undefined as never;
  },
  "gradient-missing",
  /a loss has no method 'backward'/,
);
