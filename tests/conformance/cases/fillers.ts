import type { Answer, Answered } from "../answer.ts";
import type { NetCase } from "../net_case.ts";

/** What a filler must draw. */
export interface FillerTheory {
  mean: number;
  std: number;
  /** The bounds, if there are any. */
  bounds?: readonly [low: number, high: number] | undefined;
  /** The share of zeros. */
  zeros?: number | undefined;
}

/** A filler: 1e6 draws into (50, 200, 10, 10). */
export interface FillerCase extends NetCase {
  readonly theory: FillerTheory;
}

const [NUM, CHANNELS, AREA] = [50, 200, 100];
const FAN_IN = CHANNELS * AREA, FAN_OUT = NUM * AREA;

/**
 * Moments in units of the deviation that theory gives: mean, deviation, the shares within one and within half
 * a deviation of the mean, the share of zeros, the correlation of neighbours; then the extremes, if there are
 * bounds, and the extremes of the rows' sums, if all rows have the same sum.
 */
function moments(
  values: Float32Array,
  { mean, std, bounds, zeros = 0 }: FillerTheory,
  rows: boolean,
): Answer {
  let sum = 0,
    squares = 0,
    products = 0,
    one = 0,
    half = 0,
    zero = 0,
    low = Infinity,
    high = -Infinity,
    before = 0;
  for (const value of values) {
    const scaled = (value - mean) / std, distance = Math.abs(scaled);
    sum += scaled;
    squares += scaled * scaled;
    products += scaled * before;
    if (distance < 1) one++;
    if (distance < 0.5) half++;
    if (value === 0) zero++;
    low = Math.min(low, value);
    high = Math.max(high, value);
    before = scaled;
  }
  const list = (...all: number[]): Answered => ({ shape: [all.length], values: Float32Array.from(all) });
  const n = values.length;
  const answer: Answer = {
    moments: list(sum / n, Math.sqrt(squares / n), one / n, half / n, zeros > 0 ? zero / n : 0, products / n),
  };
  if (bounds !== undefined) answer["extremes"] = list(low, high);
  if (rows) {
    const sums = Array.from(
      { length: NUM },
      (_, i) => values.subarray(i * FAN_IN, (i + 1) * FAN_IN).reduce((all, value) => all + value, 0),
    );
    answer["extremes of the rows' sums"] = list(Math.min(...sums), Math.max(...sums));
  }
  return answer;
}

function filler(name: string, text: string, theory: FillerTheory, rows = false): FillerCase {
  return {
    name,
    theory,
    net: `layer { name: "draw" type: "DummyData" top: "y" dummy_data_param {
      shape { dim: ${NUM} dim: ${CHANNELS} dim: 10 dim: 10 } data_filler { ${text} } } }`,
    backward: false,
    tolerance: 5e-3,
    why: "the engines draw from different generators: moments of 1e6 draws differ by about 1e-3",
    derive: ({ "top y": top }) => moments(top!.values, theory, rows),
  };
}

/** A uniform distribution between two bounds. */
const even = (low: number, high: number): FillerTheory => ({
  mean: (low + high) / 2,
  std: (high - low) / Math.sqrt(12),
  bounds: [low, high],
});

const symmetric = (bound: number) => even(-bound, bound);

const fans: [norm: string, n: number][] = [
  ["FAN_IN", FAN_IN],
  ["FAN_OUT", FAN_OUT],
  ["AVERAGE", (FAN_IN + FAN_OUT) / 2],
];

/** Every filler that draws numbers. (The others, constant and bilinear, are among DummyData's cases.) */
export const fillerCases: readonly FillerCase[] = [
  filler("uniform", 'type: "uniform" min: -2 max: 3', even(-2, 3)),
  filler("gaussian", 'type: "gaussian" mean: 1 std: 0.5', { mean: 1, std: 0.5 }),
  filler("gaussian, sparse", 'type: "gaussian" std: 2 sparse: 10', {
    mean: 0,
    std: 2 * Math.sqrt(10 / NUM),
    zeros: 1 - 10 / NUM,
  }),
  filler(
    "positive_unitball",
    'type: "positive_unitball"',
    { mean: 1 / FAN_IN, std: 2 / FAN_IN / Math.sqrt(12) },
    true,
  ),
  ...fans.flatMap(([norm, n]) => [
    filler(`xavier, ${norm}`, `type: "xavier" variance_norm: ${norm}`, symmetric(Math.sqrt(3 / n))),
    filler(`msra, ${norm}`, `type: "msra" variance_norm: ${norm}`, { mean: 0, std: Math.sqrt(2 / n) }),
  ]),
];
