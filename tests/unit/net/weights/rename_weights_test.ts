import assert from "node:assert/strict";
import { parseRenames, readRenames, renameWeights } from "../../../../net/mod.ts";
import { parameter } from "./parameters.ts";

const renamed = (text: string, names: readonly string[], others?: readonly string[]) =>
  renameWeights(names.map((name) => parameter(name, [1])), parseRenames(text, "names.txt"), others)
    .map(({ name }) => name);

Deno.test("a parameter's own name counts more than its layer's, and that more than patterns, in their order", () => {
  const names = ["net.a.weight", "net.a.bias", "net.b/0", "net.b/1", "net.c.d.weight", "other"];
  assert.deepEqual(
    renamed("net.*.weight first_*/0\nnet.* *\nnet.b/1 single\nnet.b whole", names),
    ["first_a/0", "a.bias", "whole/0", "single", "first_c.d/0", "other"],
  );
  assert.deepEqual(renamed("*.*.weight *-*/0", ["a.b.c.weight"]), ["a-b.c/0"]);
  assert.deepEqual(renamed("other -\nnet.b -", names), ["net.a.weight", "net.a.bias", "net.c.d.weight"]);
  assert.deepEqual(renamed("a/0 b/0\nb/0 a/0", ["a/0", "b/0"]), ["b/0", "a/0"]);
  assert.deepEqual(renamed("a+(b)/0 $&/0\n* x*", ["a+(b)/0", "c"]), ["$&/0", "xc"]);
});

Deno.test("renames that do nothing, say too little, or collide are refused by their line", () => {
  const refused = (text: string, message: RegExp, names = ["conv1/0", "conv1/1", "ip/0"]) =>
    assert.throws(() => renamed(text, names), message);
  refused(
    "conv1/0 a/0\n\n# nothing\nconv2/0 b/0",
    /^CremaError: names\.txt:4: Expected a parameter or layer 'conv2\/0' but found none\. Did you mean 'conv1\/0'\?/,
  );
  refused("zzzzzzzz.* a.*", /names\.txt:1: .*`crema weights show` lists them/);
  refused("conv1/0 ip/0", /found 'ip\/0' for 'conv1\/0' and 'ip\/0'/);
  refused("conv*/0 a/0", /names\.txt:1: Expected as many \* in 'a\/0' as in 'conv\*\/0', 1, but found 0/);
  refused("conv1/* a/0", /Expected as many \*/);
  refused(
    "*/0 x*/0\nconv1/0 y\nip/* z*\n",
    /names\.txt:3: Expected 'ip\/\*' to rename something but found that '\*\/0' renames ip\/0 already/,
  );
  refused("conv1 a\nconv1 b", /names\.txt:2: Expected each name once but found 'conv1' again/);
  refused("conv1", /names\.txt:1: Expected an old and a new name but found 'conv1'/);
  refused("conv1 a b", /found 'conv1 a b'\. Names with spaces need the JSON form/);
});

Deno.test("names that are there but are no weights may be left out, too", () => {
  assert.deepEqual(renamed("*.steps -", ["a/0"], ["a.steps"]), ["a/0"]);
  assert.throws(() => renamed("b.steps -", ["a/0"], ["a.steps"]), /'b\.steps' but found none/);
});

Deno.test("renames may be JSON", async () => {
  assert.deepEqual(renamed('{"conv 1/0": "a b/0", "ip/0": null, "c": "-"}', ["conv 1/0", "ip/0", "c/0"]), [
    "a b/0",
  ]);
  for (
    const [text, message] of [
      ['{"a": 1}', /names\.txt: Expected a new name for 'a', or null, but found 1/],
      ['{"a": "b", "a": "c"}', /Expected each name once but found 'a' twice/],
      ['{"a": ', /Expected renames as JSON but found/],
      ['{"": "b"}', /Expected a name but found an empty one/],
    ] as const
  ) assert.throws(() => renamed(text, ["a/0"]), message);
  await assert.rejects(
    readRenames("gone.txt"),
    /gone\.txt: Expected a file of renames but found no such file/,
  );
});
