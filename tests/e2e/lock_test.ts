import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import config from "../../deno.json" with { type: "json" };
import { serveModules, squareLoss } from "./module_server.ts";
import { inFolder, runCrema } from "./run_crema.ts";
import { scriptLoss, tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

const hash = (text: string) => `sha256-${createHash("sha256").update(text).digest("base64")}`;
const solver = tinySolver({ max_iter: 3, display: 1 });
const train = (folder: string, ...more: string[]) =>
  runCrema(folder, "train", "--solver", "solver.prototxt", ...more);

interface Lock {
  modules: Record<string, string>;
  packages: Record<string, string>;
  nets: Record<string, unknown>;
}

const readLock = async (folder: string): Promise<Lock> =>
  JSON.parse(await Deno.readTextFile(`${folder}/crema.lock`));

/** Runs a test in a folder whose net has a loss from a server. */
async function withRemoteLoss(
  test: (folder: string, server: ReturnType<typeof serveModules>) => Promise<void>,
): Promise<void> {
  await using server = serveModules(squareLoss());
  await inFolder(async (folder) => {
    await writeTiny(folder, solver, tinyNet({ loss: scriptLoss(`${server.base}loss.ts`, "SquareLoss") }));
    await test(folder, server);
  });
}

Deno.test("crema lock pins a module by URL and what it imports; the same inputs give the same bytes", () =>
  withRemoteLoss(async (folder, { base, modules }) => {
    const locked = await runCrema(folder, "lock", "net.prototxt");
    assert.equal(locked.code, 0, locked.stderr);
    assert.equal(locked.stdout, "crema.lock: 2 modules, 0 packages of net.prototxt\n");
    const first = await Deno.readTextFile(`${folder}/crema.lock`);
    assert.deepEqual((await readLock(folder)).modules, {
      [`${base}loss.ts`]: hash(modules["loss.ts"]!),
      [`${base}scale.ts`]: hash(modules["scale.ts"]!),
    });
    assert.equal((await runCrema(folder, "lock", "solver.prototxt")).code, 0);
    assert.equal(await Deno.readTextFile(`${folder}/crema.lock`), first);
    const run = await train(folder);
    assert.equal(run.code, 0, run.stderr);
  }));

Deno.test("a locked net trains from the cache when the server is gone; a module that is not cached is named", () =>
  inFolder(async (folder) => {
    const server = serveModules(squareLoss());
    await writeTiny(folder, solver, tinyNet({ loss: scriptLoss(`${server.base}loss.ts`, "SquareLoss") }));
    try {
      const early = await train(folder, "--cached-only");
      assert.equal(early.code, 1);
      assert.match(early.stderr, /'loss': Expected http\S*loss\.ts in Deno's cache.* without --cached-only/);
      assert.deepEqual(server.asked, []);
      assert.equal((await runCrema(folder, "lock", "net.prototxt")).code, 0);
    } finally {
      await server[Symbol.asyncDispose]();
    }
    for (const more of [[], ["--cached-only"]]) {
      const { code, stderr } = await train(folder, ...more);
      assert.equal(code, 0, stderr);
    }
    assert.equal((await runCrema(folder, "lock", "net.prototxt", "--check", "--cached-only")).code, 0);
    const both = await train(folder, "--cached-only", "--reload");
    assert.equal(both.code, 1);
    assert.match(both.stderr, /cannot be used with/);
  }));

Deno.test("a module that changed on its server is refused with both hashes once it is fetched again", () =>
  withRemoteLoss(async (folder, { base, modules, asked }) => {
    assert.equal((await runCrema(folder, "lock", "net.prototxt")).code, 0);
    const before = hash(modules["scale.ts"]!);
    modules["scale.ts"] = 'console.log("it ran");\nexport const scale: number = 2;\n';
    const after = hash(modules["scale.ts"]);

    // Deno's cache still has the module as it was.
    assert.equal((await train(folder)).code, 0);
    asked.length = 0;
    for (const more of [["--reload"], []]) {
      const { code, stdout, stderr } = await train(folder, ...more);
      assert.equal(code, 1, stderr);
      assert.ok(stderr.includes(`Expected ${before} of ${base}scale.ts`), stderr);
      assert.ok(stderr.includes(`but found ${after}`), stderr);
      assert.match(stderr, /net\.prototxt:\d+:\d+: layer 'loss'.*loss\.ts imports.*run `crema lock` again/);
      assert.doesNotMatch(stdout + stderr, /it ran/);
    }
    assert.deepEqual(asked.sort(), ["loss.ts", "scale.ts"]);

    const check = await runCrema(folder, "lock", "net.prototxt", "--check");
    assert.equal(check.code, 1);
    assert.ok(
      check.stderr.includes(`Expected ${before} of ${base}scale.ts but found ${after}`),
      check.stderr,
    );
    assert.equal((await runCrema(folder, "lock", "net.prototxt")).code, 0);
    const run = await train(folder);
    assert.equal(run.code, 0, run.stderr);
    assert.match(run.stdout, /it ran/);
  }));

Deno.test("--reload follows the redirects of a module and its imports again; their new targets must match the lock", () =>
  withRemoteLoss(async (folder, { base, modules, redirects }) => {
    for (const name of ["loss", "scale"]) {
      modules[`${name}_v1.ts`] = `${modules[`${name}.ts`]!}console.log("${name} v1");\n`;
      modules[`${name}_v2.ts`] = `${modules[`${name}.ts`]!}console.log("${name} v2");\n`;
      delete modules[`${name}.ts`];
    }
    const lead = (loss: string, scale: string) =>
      Object.assign(redirects, { "loss.ts": `loss_${loss}.ts`, "scale.ts": `scale_${scale}.ts` });
    const says = async (...more: string[]) => {
      const { code, stdout, stderr } = await train(folder, ...more);
      assert.equal(code, 0, stderr);
      return ["loss v1", "loss v2", "scale v1", "scale v2"].filter((each) => stdout.includes(each));
    };
    lead("v1", "v1");
    assert.deepEqual(await says(), ["loss v1", "scale v1"]);
    lead("v1", "v2");
    assert.deepEqual(await says(), ["loss v1", "scale v1"]);
    assert.deepEqual(await says("--reload"), ["loss v1", "scale v2"]);
    lead("v2", "v2");
    assert.deepEqual(await says("--reload"), ["loss v2", "scale v2"]);

    assert.equal((await runCrema(folder, "lock", "net.prototxt")).code, 0);
    assert.deepEqual(Object.keys((await readLock(folder)).modules), [
      `${base}loss_v2.ts`,
      `${base}scale_v2.ts`,
    ]);
    for (const [loss, scale, fresh] of [["v2", "v1", "scale_v1"], ["v1", "v2", "loss_v1"]] as const) {
      lead(loss, scale);
      const moved = await train(folder, "--reload");
      assert.equal(moved.code, 1);
      assert.ok(moved.stderr.includes(`Expected ${base}${fresh}.ts`), moved.stderr);
      assert.match(moved.stderr, /in crema\.lock but found nothing about it; its hash is sha256-/);
      assert.doesNotMatch(moved.stdout, /v\d/);
    }
    lead("v2", "v2");
    assert.deepEqual(await says("--reload"), ["loss v2", "scale v2"]);
  }));

Deno.test("crema time obeys the lock and --reload too; a registered module must match the lock", () =>
  withRemoteLoss(async (folder, { base, modules }) => {
    modules["loss.ts"] += 'export class Registered extends SquareLoss { static type = "Registered"; }\n';
    const net = tinyNet({
      loss: 'layer { name: "loss" type: "Registered" bottom: "score" bottom: "label" top: "loss" }',
    });
    await Deno.writeTextFile(`${folder}/net.prototxt`, net);
    const layers = ["--layers", `${base}loss.ts`];
    const time = (...more: string[]) =>
      runCrema(folder, "time", "--model", "net.prototxt", "--iterations", "1", ...layers, ...more);
    assert.equal((await time()).code, 0);
    assert.equal((await runCrema(folder, "lock", "net.prototxt")).code, 0);
    const unknown = await time();
    assert.equal(unknown.code, 1);
    assert.match(unknown.stderr, /loss\.ts in crema\.lock but found nothing about it/);
    assert.equal((await runCrema(folder, "lock", "net.prototxt", ...layers)).code, 0);
    const known = await time();
    assert.equal(known.code, 0, known.stderr);
    modules["loss.ts"] += "// changed\n";
    assert.equal((await time()).code, 0);
    const changed = await time("--reload");
    assert.equal(changed.code, 1);
    assert.match(changed.stderr, /Expected sha256-\S+ of http.*loss\.ts.* but found sha256-/);
  }));

Deno.test("a package that a module by URL imports by a bare name must have the locked version; Crema and the runtime need not", () =>
  withRemoteLoss(async (folder, { modules }) => {
    modules["scale.ts"] = `import { z } from "zod";\nimport "crema";\nimport "node:fs";\n` +
      "export const scale: number = z.number().parse(1);\n";
    const path = `${folder}/crema.lock`, zod = config.imports.zod, deno = `deno@${Deno.version.deno}`;
    const locked = await runCrema(folder, "lock", "net.prototxt");
    assert.equal(locked.stdout, "crema.lock: 2 modules, 3 packages of net.prototxt\n", locked.stderr);
    assert.deepEqual((await readLock(folder)).packages, { crema: config.version, "node:fs": deno, zod });
    const whole = await Deno.readTextFile(path);

    await Deno.writeTextFile(
      path,
      whole.replace(`"${config.version}"`, '"0.0.1"').replace(deno, "deno@1.0.0"),
    );
    const fine = await train(folder);
    assert.equal(fine.code, 0, fine.stderr);
    const older = whole.replace(zod, "npm:zod@4.0.0"), without = whole.replace(`,\n    "zod": "${zod}"`, "");
    for (
      const [changed, expected] of [
        [older, "Expected npm:zod@4.0.0"],
        [without, "Expected only packages that crema.lock has"],
      ] as const
    ) {
      await Deno.writeTextFile(path, changed);
      const refused = await train(folder);
      assert.equal(refused.code, 1);
      assert.ok(refused.stderr.includes(`${expected} for 'zod' but found ${zod}`), refused.stderr);
    }
    await Deno.writeTextFile(path, older);
    const check = await runCrema(folder, "lock", "net.prototxt", "--check");
    assert.equal(check.code, 1);
    assert.ok(check.stderr.includes(`Expected npm:zod@4.0.0 but found ${zod}`), check.stderr);
  }));

Deno.test("local modules are pinned by path; a changed, a new and a foreign one are refused", () =>
  inFolder(async (folder) => {
    const modules = squareLoss();
    await Deno.mkdir(`${folder}/layers`);
    await Deno.mkdir(`${folder}/nets`);
    const write = (name: string, text: string) => Deno.writeTextFile(`${folder}/layers/${name}`, text);
    for (const [name, text] of Object.entries(modules)) await write(name, text);
    const more = `import { z } from "zod";\nimport { basename } from "npm:zod@4.6.7";\n`;
    await write("packages.ts", `${more}import "node:fs";\nimport "crema";\nexport { z, basename };\n`);
    const net = (...extra: string[]) =>
      tinyNet({ loss: scriptLoss("../layers/loss.ts", "SquareLoss") }) + extra.join("");
    await Deno.writeTextFile(`${folder}/nets/net.prototxt`, net());
    await Deno.writeTextFile(
      `${folder}/solver.prototxt`,
      tinySolver({ net: '"nets/net.prototxt"', max_iter: 3 }),
    );
    await Deno.writeTextFile(
      `${folder}/nets/other.prototxt`,
      `
      layer { name: "x" type: "Script" top: "x" script_param { module: "../layers/packages.ts" layer: "X" } }`,
    );

    const none = await runCrema(folder, "lock", "--check", "solver.prototxt");
    assert.equal(none.code, 1);
    assert.match(none.stderr, /Expected a lock file at nets\/crema\.lock but found none/);
    for (const file of ["solver.prototxt", "nets/other.prototxt"]) {
      const { code, stderr } = await runCrema(folder, "lock", file);
      assert.equal(code, 0, stderr);
    }
    const lock = await readLock(`${folder}/nets`);
    assert.deepEqual(Object.keys(lock.modules), [
      "../layers/loss.ts",
      "../layers/packages.ts",
      "../layers/scale.ts",
    ]);
    assert.deepEqual(Object.keys(lock.nets), ["net.prototxt", "other.prototxt"]);
    assert.deepEqual(Object.keys(lock.packages), ["crema", "node:fs", "npm:zod@4.6.7", "zod"]);
    assert.equal(lock.packages["npm:zod@4.6.7"], "npm:zod@4.6.7");
    assert.equal((await runCrema(folder, "lock", "--check", "solver.prototxt")).code, 0);
    assert.equal((await train(folder)).code, 0);

    // Another version of a package, as if the registry had a newer one.
    const whole = await Deno.readTextFile(`${folder}/nets/crema.lock`);
    await Deno.writeTextFile(
      `${folder}/nets/crema.lock`,
      whole.replace(': "npm:zod@4.6.7"', ': "npm:zod@4.6.6"'),
    );
    const newer = await runCrema(folder, "time", "--model", "nets/other.prototxt");
    assert.equal(newer.code, 1);
    assert.match(newer.stderr, /Expected npm:zod@4\.6\.6 for 'npm:zod@4\.6\.7' but found npm:zod@4\.6\.7/);
    await Deno.writeTextFile(`${folder}/nets/crema.lock`, whole);

    await write("scale.ts", "export const scale = 3;\n");
    const changed = await train(folder);
    assert.equal(changed.code, 1);
    assert.match(
      changed.stderr,
      /Expected sha256-\S+ of \S+scale\.ts, which \S+loss\.ts imports, as in .* but found sha256-/,
    );

    await write("scale.ts", modules["scale.ts"]!);
    await write("new.ts", "export {};\n");
    await write("loss.ts", `import "./new.ts";${modules["loss.ts"]}`);
    const check = await runCrema(folder, "lock", "--check", "nets/net.prototxt");
    assert.equal(check.code, 1);
    assert.match(check.stderr, /Expected sha256-\S+ of \.\.\/layers\/loss\.ts but found sha256-/);
    assert.match(check.stderr, /Expected \.\.\/layers\/new\.ts in the lock file but found none/);
    assert.equal((await runCrema(folder, "lock", "nets/net.prototxt")).code, 0);
    assert.equal((await train(folder)).code, 0);

    // A net that was never locked, beside the lock file.
    await Deno.writeTextFile(`${folder}/layers/foreign.ts`, modules["loss.ts"]!);
    await Deno.writeTextFile(
      `${folder}/nets/net.prototxt`,
      tinyNet({ loss: scriptLoss("../layers/foreign.ts", "SquareLoss") }),
    );
    const foreign = await train(folder);
    assert.equal(foreign.code, 1);
    assert.match(
      foreign.stderr,
      /Expected \S+foreign\.ts in .*crema\.lock but found nothing about it; its hash is sha256-/,
    );
    assert.match(foreign.stderr, /run `crema lock` again/);
  }));

Deno.test("a broken lock file, and a net that names missing modules: errors, exit 1", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, solver, tinyNet({ loss: scriptLoss("./loss.ts", "SquareLoss") }));
    const missing = await runCrema(folder, "lock", "net.prototxt");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /net\.prototxt:\d+:\d+: layer 'loss': Expected a module at \S+loss\.ts/);
    await Deno.writeTextFile(`${folder}/loss.ts`, "export class {\n");
    const broken = await runCrema(folder, "lock", "net.prototxt");
    assert.equal(broken.code, 1);
    assert.match(broken.stderr, /layer 'loss': Expected a module at \S+loss\.ts but found/);
    for (const text of ["{", "[]", '{"version":2}']) {
      await Deno.writeTextFile(`${folder}/crema.lock`, text);
      const { code, stderr } = await train(folder);
      assert.equal(code, 1);
      assert.match(stderr, /crema\.lock: Expected a lock file/);
    }
  }));

Deno.test("crema lock warns of what a module loads that can't be locked", () =>
  inFolder(async (folder) => {
    await Deno.writeTextFile(
      `${folder}/late.ts`,
      `export class LateLayer {
  reshape() {}
  forward() {}
  async late(name: string) {
    await import("./known.ts");
    await import(name);
    return new Worker(new URL("./worker.ts", import.meta.url), { type: "module" });
  }
}
`,
    );
    await Deno.writeTextFile(`${folder}/known.ts`, "export const known = 1;\n");
    await Deno.writeTextFile(
      `${folder}/net.prototxt`,
      'layer { name: "l" type: "Script" top: "y" script_param { module: "./late.ts" layer: "LateLayer" } }',
    );
    const locked = await runCrema(folder, "lock", "net.prototxt");
    assert.equal(locked.code, 0, locked.stderr);
    assert.deepEqual(Object.keys((await readLock(folder)).modules), ["./known.ts", "./late.ts"]);
    const path = await Deno.realPath(`${folder}/late.ts`);
    const rest = "the modules that it loads are neither locked nor checked";
    assert.deepEqual(locked.stderr.trim().split("\n"), [
      `warning: ${path}:6:11: Found import(…) of a computed name: ${rest}`,
      `warning: ${path}:7:12: Found a Worker: ${rest}`,
    ]);
  }));
