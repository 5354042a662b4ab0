import assert from "node:assert/strict";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { type LockFile, lockKey, readLock, writeLock } from "../../../../script/modules/lock_file.ts";
import { isPinned, lockDifferences, mergeLocks, scriptModules } from "../../../../script/modules/lock_net.ts";
import { netFromText } from "../../../../proto/nets/read_net.ts";

const lock = (
  nets: Record<string, [modules: Record<string, string>, packages: Record<string, string>]>,
): LockFile => ({
  version: 1,
  modules: Object.assign({}, ...Object.values(nets).map(([modules]) => modules)),
  packages: Object.assign({}, ...Object.values(nets).map(([, packages]) => packages)),
  nets: Object.fromEntries(
    Object.entries(nets).map((
      [net, [modules, packages]],
    ) => [net, { modules: Object.keys(modules), packages: Object.keys(packages) }]),
  ),
});

Deno.test("locking a net replaces its entries, and keeps what other nets need", () => {
  const before = lock({
    "a.prototxt": [{ "./a.ts": "1", "./both.ts": "1", "./gone.ts": "1" }, { crema: "0.1" }],
    "b.prototxt": [{ "./b.ts": "1", "./both.ts": "1" }, {}],
  });
  const found = lock({ "a.prototxt": [{ "./a.ts": "2", "./both.ts": "2" }, {}] });
  assert.deepEqual(mergeLocks(before, found), {
    version: 1,
    modules: { "./a.ts": "2", "./both.ts": "2", "./b.ts": "1" },
    packages: {},
    nets: {
      "a.prototxt": { modules: ["./a.ts", "./both.ts"], packages: [] },
      "b.prototxt": { modules: ["./b.ts", "./both.ts"], packages: [] },
    },
  });
  assert.deepEqual(mergeLocks(undefined, found), found);
});

Deno.test("differences are changed, new and removed modules, and other versions of packages, but not of Crema and the runtime", () => {
  const packages = { crema: "0.1", "node:fs": "deno@2", zod: "npm:zod@4.0.0", "npm:a@1": "npm:a@1.0.0" };
  const before = lock({ "n.prototxt": [{ "./a.ts": "1", "./gone.ts": "1" }, packages] });
  const newer = {
    crema: "0.2",
    "node:fs": "deno@3",
    zod: "npm:zod@4.1.0",
    "npm:a@1": "npm:a@1.0.1",
    "npm:b@1": "npm:b@1.0.0",
  };
  const found = lock({ "n.prototxt": [{ "./a.ts": "2", "./new.ts": "3" }, newer] });
  assert.deepEqual(lockDifferences(before, before), []);
  assert.deepEqual(lockDifferences(before, found), [
    "Expected 1 of ./a.ts but found 2",
    "Expected ./new.ts in the lock file but found none; it is 3",
    "Expected npm:a@1.0.0 but found npm:a@1.0.1",
    "Expected npm:b@1 in the lock file but found none",
    "Expected npm:zod@4.0.0 but found npm:zod@4.1.0",
    "Expected n.prototxt to import ./gone.ts but found that it does not",
  ]);
  assert.deepEqual(["npm:a@1.0.0", "jsr:@a/b@1.0.0", "deno@2.9.6", "0.1.0"].map(isPinned), [
    true,
    true,
    false,
    false,
  ]);
});

Deno.test("keys are paths relative to the lock file, or URLs", () => {
  const key = (url: string) => lockKey(url, "/home/me/nets/crema.lock");
  for (
    const [url, expected] of [
      ["file:///home/me/nets/loss.ts", "./loss.ts"],
      ["file:///home/me/nets/a%20b/loss.ts", "./a b/loss.ts"],
      ["file:///home/me/layers/loss.ts", "../layers/loss.ts"],
      ["https://example.org/a%20b.ts?x=1", "https://example.org/a%20b.ts?x=1"],
    ] as const
  ) {
    assert.equal(key(url), expected);
  }
});

Deno.test("a lock file is written the same in any order, and read back", async () => {
  const folder = await Deno.makeTempDir({ prefix: "crema-lock-" });
  try {
    const path = join(folder, "crema.lock");
    assert.equal(await readLock(path), undefined);
    const modules = { "./b.ts": "2", "./a.ts": "1" };
    await writeLock(path, lock({ "n.prototxt": [modules, { zod: "z", crema: "c" }] }));
    const first = await Deno.readTextFile(path);
    const reversed = Object.fromEntries(Object.entries(modules).reverse());
    await writeLock(path, lock({ "n.prototxt": [reversed, { crema: "c", zod: "z" }] }));
    assert.equal(await Deno.readTextFile(path), first);
    const read = await readLock(path);
    assert.deepEqual(read?.nets["n.prototxt"]?.modules, ["./a.ts", "./b.ts"]);
    assert.deepEqual(Array.from(Deno.readDirSync(folder), ({ name }) => name), ["crema.lock"]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a net's modules are those of its script layers in any phase, with the places that name them", () => {
  const net = netFromText(
    `layer { name: "a" type: "Script" script_param { module: "./a.ts" } include { phase: TEST } }
layer { name: "b" type: "Python" python_param { module: "/b.ts" } }
layer { name: "c" type: "ReLU" }
layer { name: "d" type: "Mine" script_param { param_str: "1" } }`,
    "nets/n.prototxt",
  );
  const found = scriptModules(net, "nets/n.prototxt", { layers: ["https://example.org/mod.ts"] });
  assert.deepEqual(found.map(({ url }) => url), [
    "https://example.org/mod.ts",
    pathToFileURL(`${Deno.cwd()}/nets/a.ts`).href,
    "file:///b.ts",
  ]);
  assert.deepEqual(found[2]!.place, { file: "nets/n.prototxt", line: 2, column: 1, layer: "b" });
});
