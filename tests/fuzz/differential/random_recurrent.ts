import type { AddLayer } from "./add_layer.ts";
import type { DraftValue, NetDraft } from "./net_draft.ts";

/** Where sequences go on and where they begin. */
const cont = (net: NetDraft, shape: readonly number[]) =>
  net.input(shape, net.chance(0.3) ? { kind: "given", values: [1] } : { kind: "labels", classes: 2 }, true);

/**
 * An LSTM or RNN over the first axis of a value, at times with a static input, or with states that are shown. Its
 * states are inputs: libcaffe gives them no gradient, and what is there then depends on the layers that made them.
 */
export function recurrent(type: "LSTM" | "RNN"): AddLayer {
  return (net) => {
    // With one step, the top of libcaffe's is also the state that the next batch begins with.
    const x = net.find(({ shape }) => shape.length >= 3 && shape[0]! > 1);
    if (x === undefined) return;
    const [steps, streams] = x.shape as [number, number];
    const units = net.between(1, 5);
    const bottoms: DraftValue[] = [x, cont(net, [steps, streams])];
    const fixed = net.chance(0.3);
    if (fixed) {
      bottoms.push(
        net.find((value) => value !== x && value.shape.length > 1 && value.shape[0] === streams) ??
          net.input([streams, net.between(1, 4)]),
      );
    }
    const states = type === "LSTM" ? 2 : 1, shown = net.chance(0.25);
    for (let i = 0; shown && i < states; i++) bottoms.push(net.input([1, streams, units], undefined, true));
    const params = (fixed ? 4 : 3) + (type === "RNN" ? 2 : 0);
    return net.add(type, {
      bottoms,
      tops: [
        [steps, streams, units],
        ...Array.from({ length: shown ? states : 0 }, () => [1, streams, units]),
      ],
      settings: `recurrent_param { num_output: ${units}${shown ? " expose_hidden: true" : ""} }`,
      params,
    });
  };
}

/** One step of an LSTM. */
export const lstmUnit: AddLayer = (net) => {
  const cell = net.find(({ shape }) => shape.length === 3 && shape[0] === 1) ??
    net.input([1, net.between(1, 5), net.between(1, 4)]);
  const [, streams, units] = cell.shape as [number, number, number];
  const gates = net.find(({ shape }) => shape.join() === [1, streams, 4 * units].join()) ??
    net.input([1, streams, 4 * units]);
  if (gates === cell) return;
  return net.add("LSTMUnit", {
    bottoms: [cell, gates, cont(net, [1, streams])],
    tops: [cell.shape, cell.shape],
  });
};
