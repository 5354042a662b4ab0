import { layers as L, type NetParameter, NetSpec, oneOf, type Top, toProto } from "crema";
import { type Model, withoutTraining } from "../shared/model.ts";
import { Alphabet } from "./alphabet.ts";

const text = Deno.readTextFileSync(new URL("shakespeare.txt", import.meta.url));
const alphabet = new Alphabet(text).size, units = 512, embedding = 64;
/** The part of the text to train on: the rest is held out. */
const trained = 0.9, trainedCharacters = Math.round(trained * text.length);
const train = { steps: 50, streams: 16 }, test = { steps: 96, streams: 8 };
/** Batches per epoch. */
const epoch = batches(trainedCharacters, train), tested = batches(text.length - trainedCharacters, test);

/** An LSTM (Hochreiter, Schmidhuber 1997) that tells the next character of a text, and so writes text. */
export const charLstm: Model = {
  folder: "char_lstm",
  about: "Characters: which one follows in a text. Writes text with write.ts.",
  net: trainNet(
    oneOf(
      streams({ phase: "TRAIN" }, { to: trained, ...train }),
      streams({ phase: "TEST" }, { from: trained, ...test }),
    ),
  ),
  deploy: deployNet(),
  time: trainNet(madeUpText()),
  aboutSolver: `Eight epochs of ${epoch} batches: a few minutes. A test reads the held-out part once.`,
  solver: {
    type: "Adam",
    test_iter: [tested],
    test_interval: 2 * epoch,
    base_lr: 0.004,
    momentum: 0.9,
    momentum2: 0.999,
    lr_policy: "poly",
    power: 1,
    clip_gradients: 1,
    display: 50,
    max_iter: 8 * epoch,
    snapshot: 8 * epoch,
  },
};

/** How many batches an epoch over so many characters has: each is followed by another one. */
function batches(characters: number, { steps, streams }: typeof train): number {
  return Math.floor((characters - 1) / (steps * streams));
}

type TextTops = [characters: Top, cont: Top, next: Top];

function streams(include: { phase: "TRAIN" | "TEST" }, param_str: object): TextTops {
  return L.Script({
    name: "text",
    top: ["characters", "cont", "next"],
    module: "./text_streams.ts",
    layer: "TextStreamsLayer",
    param_str,
    include,
    ntop: 3,
  }) as TextTops;
}

function madeUpText(): TextTops {
  const dim = [train.steps, train.streams];
  return L.DummyData({
    name: "text",
    top: ["characters", "cont", "next"],
    shape: { dim },
    data_filler: [12, 1, 34].map((value) => ({ type: "constant", value })),
    ntop: 3,
  }) as TextTops;
}

function trainNet([characters, cont, next]: TextTops): NetParameter {
  const n = new NetSpec("char_lstm");
  [n.characters, n.cont, n.next] = [characters, cont, next];
  n.score = score(characters, cont);
  n.loss = L.SoftmaxWithLoss(n.score, next, { softmax_param: { axis: 2 } });
  n.accuracy = L.Accuracy(n.score, next, { axis: 2, include: { phase: "TEST" } });
  return n.toProto();
}

/** One step of one stream: the LSTM's memory stays from one forward pass to the next. */
function deployNet(): NetParameter {
  const [characters, cont] = ["characters", "cont"].map((name) => L.Input({ name, shape: { dim: [1, 1] } }));
  const net = toProto(L.Softmax(score(characters!, cont!), { name: "prob", axis: 2 }));
  return withoutTraining({ name: "char_lstm", ...net });
}

function score(characters: Top, cont: Top): Top {
  const uniform = { type: "uniform", min: -0.08, max: 0.08 };
  let top: Top = L.Embed(characters, {
    name: "embed",
    input_dim: alphabet,
    num_output: embedding,
    bias_term: false,
    weight_filler: { type: "gaussian", std: 1 },
  });
  top = L.Dropout(top, { name: "drop0", dropout_ratio: 0.1, in_place: true });
  top = L.LSTM(top, cont, { name: "lstm1", num_output: units, weight_filler: uniform });
  top = L.Dropout(top, { name: "drop1", dropout_ratio: 0.5, in_place: true });
  return L.InnerProduct(top, { name: "score", axis: 2, num_output: alphabet, weight_filler: uniform });
}
