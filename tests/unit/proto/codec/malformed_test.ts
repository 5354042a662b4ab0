import assert from "node:assert/strict";
import fc from "fast-check";
import { encode } from "../../../../proto/codec/binary.ts";
import { CremaError, PrototxtError } from "../../../../base/error.ts";
import { filterNet } from "../../../../proto/nets/filter.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";
import { solverFromText } from "../../../../proto/nets/read_solver.ts";
import { parseText } from "../../../../proto/text/parse_text.ts";
import { printText } from "../../../../proto/text/print_text.ts";
import { fixtureText } from "../fixture.ts";

const NETS = ["wild", "v0", "v1", "input_dim", "input_shape", "lenet_train_test"];
const TOKEN = /"[^"\n]*"|'[^'\n]*'|[A-Za-z_]\w*|[-+.\w]+|\s+|#[^\n]*|./g;
const ODD = [
  "{",
  "}",
  "<",
  ">",
  "[",
  "]",
  ":",
  ",",
  ";",
  "-",
  "--1",
  '"',
  "'",
  '"x',
  "\\",
  "#",
  "\0",
  "@",
  "é",
  "layer",
  "layer {",
  "name",
  '"name"',
  "1e999",
  "-1",
  "0x",
  "08",
  "1.5",
  "99999999999999999999",
  "nan",
  "true",
  "MAX",
  "{}",
  "__proto__",
  "constructor",
  "data_param",
  "\uD800",
  "\u2028",
];

type Mutation = (tokens: string[], at: number, other: number, odd: string) => void;

/** Each changes the tokens in place; `at` and `other` are positions in them. */
const MUTATIONS: Record<string, Mutation> = {
  delete: (tokens, at) => void tokens.splice(at, 1),
  deleteMany: (tokens, at, other) => void tokens.splice(at, other % 20),
  duplicate: (tokens, at) => void tokens.splice(at, 0, tokens[at]!),
  insert: (tokens, at, _other, odd) => void tokens.splice(at, 0, odd),
  replace: (tokens, at, _other, odd) => void (tokens[at] = odd),
  swap: (tokens, at, other) => void ([tokens[at], tokens[other]] = [tokens[other]!, tokens[at]!]),
  truncate: (tokens, at) => void (tokens.length = at),
  misspell: (tokens, at, other) => {
    const text = tokens[at]!;
    const cut = other % text.length;
    tokens[at] = text.slice(0, cut) + text.slice(cut + 1);
  },
  retype: (tokens, at) => {
    const text = tokens[at]!;
    tokens[at] = /^["']/.test(text) ? text.slice(1, -1) : `"${text}"`;
  },
};

const mutatedNet = fc.tuple(
  fc.constantFrom(...NETS.map((name) => fixtureText(`${name}.prototxt`))),
  fc.array(
    fc.tuple(fc.constantFrom(...Object.keys(MUTATIONS)), fc.nat(), fc.nat(), fc.constantFrom(...ODD)),
    { minLength: 1, maxLength: 3 },
  ),
).map(([text, changes]) => {
  const tokens = text.match(TOKEN)!;
  for (const [name, at, other, odd] of changes) {
    if (tokens.length > 0) MUTATIONS[name]!(tokens, at % tokens.length, other % tokens.length, odd);
  }
  return tokens.join("");
});

Deno.test("200 mutated prototxts: each gives a CremaError with its place, or a valid net", () => {
  const seen = { refused: 0, valid: 0 };
  fc.assert(
    fc.property(mutatedNet, (text) => {
      let net;
      try {
        net = netFromText(text, "mutated.prototxt");
        filterNet(net, { phase: "TRAIN" });
      } catch (error) {
        assert.ok(error instanceof CremaError, `${(error as Error).stack}`);
        assert.equal(error.file, "mutated.prototxt");
        assert.ok(error.line! >= 1 && error.column! >= 1, error.message);
        assert.ok(error.line! <= text.split("\n").length, error.message);
        assert.match(error.message, /Expected/);
        seen.refused++;
        return;
      }
      // Valid: it can be handed to an engine, and printed and read again.
      encode("NetParameter", net);
      assert.deepEqual(parseText("NetParameter", printText("NetParameter", net)), net);
      seen.valid++;
    }),
    { numRuns: 200 },
  );
  assert.ok(seen.refused > 50, `only ${seen.refused} were malformed`);
});

Deno.test("the walk over the tokens finds every error that the library finds", () => {
  // An error that only protobufjs found would have protobufjs's text, and a line at most.
  fc.assert(
    fc.property(mutatedNet, (text) => {
      try {
        parseText("NetParameter", text);
      } catch (error) {
        assert.ok(error instanceof PrototxtError);
        assert.equal(error.cause, undefined, error.message);
      }
    }),
    { numRuns: 500 },
  );
});

Deno.test("any text gives a solver or a CremaError", () => {
  const pieces = fc.array(
    fc.oneof(fc.constantFrom(...ODD, " ", "\n", "net:", "base_lr: ", "net_param"), fc.string()),
  );
  fc.assert(
    fc.property(pieces, (parts) => {
      try {
        solverFromText(parts.join(""), "any.prototxt");
      } catch (error) {
        assert.ok(error instanceof CremaError, `${(error as Error).stack}`);
        assert.equal((error as CremaError).cause, undefined, error.message);
      }
    }),
    { numRuns: 500 },
  );
});
