import assert from "node:assert/strict";
import { join } from "node:path";
import { findNetworks, withoutComments } from "../../../../tools/corpus/find_networks.ts";

Deno.test("networks are found once each, whatever their white space and comments, with their repositories", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const files = {
      "one/a.prototxt": 'layer { name: "a" } # here',
      "one/deep/b.prototxt": 'layer {\n  name: "a"\n}',
      "two/c.prototxt": 'layers { name: "c#1" }',
      "two/solver.prototxt": 'base_lr: 0.1 net_param { layer { name: "a" } }',
      "two/labels.prototxt": 'item { name: "layer" }',
      "two/readme.md": 'layer { name: "d" }',
      "top.prototxt": "layer < >",
    };
    for (const [path, text] of Object.entries(files)) {
      await Deno.mkdir(join(folder, path, ".."), { recursive: true });
      await Deno.writeTextFile(join(folder, path), text);
    }
    const { networks, others } = await findNetworks(folder);
    assert.equal(others, 3);
    assert.deepEqual(networks.map(({ path, repository }) => ({ path, repository })), [
      { path: "one/a.prototxt", repository: "one" },
      { path: "top.prototxt", repository: "." },
      { path: "two/c.prototxt", repository: "two" },
    ]);
    // What differs only in white space and comments is known again, and nothing else.
    const [{ digest: before } = { digest: "" }] = networks;
    await Deno.writeTextFile(join(folder, "one/a.prototxt"), 'layer {\n name: "a" }\n# elsewhere');
    assert.equal((await findNetworks(folder)).networks[0]?.digest, before);
    await Deno.writeTextFile(join(folder, "one/a.prototxt"), 'layer { name: "b" }');
    assert.notEqual((await findNetworks(folder)).networks[0]?.digest, before);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test({
  name: "a folder that can't be read is an error that names it",
  permissions: { read: false },
  fn: async () => {
    await assert.rejects(
      findNetworks("some/folder"),
      /^CremaError: some\/folder: Expected to read it but found: /,
    );
  },
});

Deno.test("a comment begins with # outside of strings", () => {
  assert.equal(withoutComments(`a: "x # y" # z\nb: '#' # 'c'`), `a: "x # y" \nb: '#' `);
});
