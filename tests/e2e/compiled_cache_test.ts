import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { canMakeRoots, makeEmptyRoot, runInRoot } from "./empty_root.ts";
import { inFolder, runCrema } from "./run_crema.ts";
import { runProgram } from "./run_program.ts";

/** How many first starts there are at the same time. */
const STARTS = 200;

/** Makes a program that prints "ran" and its arguments. */
async function compileEcho(folder: string, name = "echo_program", ...args: string[]): Promise<string> {
  await Deno.writeTextFile(join(folder, "echo.ts"), `console.log("ran", ...Deno.args);\n`);
  const { code, stderr } = await runCrema(folder, "compile", "echo.ts", ...args, "-o", name);
  assert.equal(code, 0, stderr);
  return join(folder, name);
}

/** Names in a cache's folder. */
function namesIn(cache: string): string[] {
  return Array.from(Deno.readDirSync(cache), ({ name }) => name).sort();
}

Deno.test("two hundred first starts at once leave one good cache and no failure", async () => {
  await inFolder(async (folder) => {
    const program = await compileEcho(folder), env = { XDG_CACHE_HOME: folder };
    const all = await Promise.all(
      Array.from({ length: STARTS }, (_, i) => runProgram(program, [`${i}`], { env })),
    );
    for (const [i, { code, stdout, stderr }] of all.entries()) {
      assert.equal(code, 0, stderr);
      assert.equal(stdout, `ran ${i}\n`);
    }
    const [name, lock, ...more] = namesIn(join(folder, "crema"));
    assert.match(name!, /^[\da-f]{32}$/);
    assert.equal(lock, `${name}.lock`);
    assert.deepEqual(more, []);
  });
});

Deno.test("a program that was cut off or changed says so and runs nothing", async () => {
  await inFolder(async (folder) => {
    const program = await compileEcho(folder), env = { XDG_CACHE_HOME: join(folder, "cache") };
    const whole = await Deno.readFile(program);
    const damaged = join(folder, "damaged");
    const write = async (bytes: Uint8Array) => {
      await Deno.writeFile(damaged, bytes, { mode: 0o755 });
    };
    const places = [whole.length - 1, whole.length - 100, whole.length - 500, whole.length >> 1, 2_000_000];
    const versions = [
      ...[whole.length - 1, whole.length - 60, whole.length >> 1, 1_500_000].map((size) =>
        whole.subarray(0, size)
      ),
      ...places.map((place) => whole.with(place, whole[place]! ^ 1)),
      new Uint8Array([...whole, 0]),
    ];
    for (const bytes of versions) {
      await write(bytes);
      const { code, stdout, stderr } = await runProgram(damaged, [], { env });
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(
        stderr,
        /^error: Expected '.*damaged' as it was made but found it .*Nothing of it was run/,
      );
      const verified = await runCrema(folder, "compile", "--verify", "damaged");
      assert.equal(verified.code, 1);
      assert.match(verified.stderr, /^error: .*damaged: Expected /);
    }
    assert.throws(() => Deno.statSync(join(folder, "cache")), Deno.errors.NotFound);
  });
});

Deno.test("unpacked files are checked before they are used again, and unpacked again if they changed", async () => {
  await inFolder(async (folder) => {
    const program = await compileEcho(folder), env = { XDG_CACHE_HOME: folder };
    assert.equal((await runProgram(program, [], { env })).code, 0);
    const [name] = namesIn(join(folder, "crema"));
    const unpacked = join(folder, "crema", name!), script = join(unpacked, "app/user/echo.ts");
    const original = await Deno.readTextFile(script);
    for (
      const damage of [
        () => Deno.writeTextFile(script, `console.log("bad");//`.padEnd(original.length)),
        () => Deno.writeTextFile(script, ""),
        () => Deno.remove(script),
        () => Deno.remove(join(unpacked, "lib"), { recursive: true }),
        () => Deno.remove(join(unpacked, ".complete")),
        () => Deno.writeTextFile(join(unpacked, ".complete"), "1 2.3\n"),
      ]
    ) {
      await damage();
      const { code, stdout, stderr } = await runProgram(program, ["again"], { env });
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "ran again\n");
      assert.equal(await Deno.readTextFile(script), original);
    }
    // As a process leaves it that was killed in the middle.
    await Deno.rename(unpacked, `${unpacked}.part`);
    await Deno.remove(join(`${unpacked}.part`, ".complete"));
    assert.equal((await runProgram(program, [], { env })).stdout, "ran\n");
    assert.deepEqual(namesIn(join(folder, "crema")), [name, `${name}.lock`]);
  });
});

Deno.test("a program finds a folder to unpack to without HOME", async () => {
  await inFolder(async (folder) => {
    const program = await compileEcho(folder);
    for (const [home, cache] of [["", ""], ["/proc", "/proc/self"], ["/nowhere", "relative"]] as const) {
      const env = { HOME: home, XDG_CACHE_HOME: cache, TMPDIR: folder };
      const { code, stdout, stderr } = await runProgram(program, ["here"], { env });
      assert.equal(code, 0, stderr);
      assert.equal(stdout, "ran here\n");
      await Deno.remove(join(folder, `crema-${Deno.uid()}`), { recursive: true });
    }
  });
});

Deno.test({
  name: "a program that can unpack nowhere says where it tried",
  ignore: !await canMakeRoots(),
  fn: async () =>
    await inFolder(async (root) => {
      await makeEmptyRoot(root);
      await compileEcho(join(root, "bin"));
      const { code, stdout, stderr } = await runInRoot(root, "echo_program", { readOnly: true });
      assert.equal(code, 1);
      assert.equal(stdout, "");
      assert.match(stderr, /^error: Expected a folder to unpack to .* Set XDG_CACHE_HOME\.\n( {2}.*\n)+$/);
      assert.match(stderr, /\/var\/tmp\/crema-0' but found: /);
    }),
});

Deno.test("a cache that others can write to is not used", async () => {
  await inFolder(async (folder) => {
    const program = await compileEcho(folder);
    await Deno.mkdir(join(folder, "open/crema"), { recursive: true });
    await Deno.chmod(join(folder, "open/crema"), 0o777);
    await Deno.mkdir(join(folder, "home"));
    const env = { XDG_CACHE_HOME: join(folder, "open"), HOME: join(folder, "home") };
    const { stdout } = await runProgram(program, [], { env });
    assert.equal(stdout, "ran\n");
    assert.deepEqual(namesIn(join(folder, "open/crema")), []);
    assert.equal(namesIn(join(folder, "home/.cache/crema")).length, 2);
  });
});

Deno.test("the same inputs give the same bytes, --verify checks them, and no variable adds code to them", async () => {
  await inFolder(async (folder) => {
    const one = await compileEcho(folder, "one"), other = await compileEcho(folder, "other");
    assert.deepEqual(await Deno.readFile(one), await Deno.readFile(other));
    const { code, stdout } = await runCrema(folder, "compile", "--verify", "one");
    assert.equal(code, 0);
    assert.match(
      stdout,
      /^one: complete and unchanged, SHA-256 [\da-f]{64}\n\d+ files, [\d.]+ MB when unpacked/,
    );
    assert.match(stdout, /^It runs: deno run .*\{root\}\/app\/user\/echo\.ts$/m);

    const sha256 = createHash("sha256").update(await Deno.readFile(one)).digest("hex");
    assert.ok(stdout.includes(`SHA-256 ${sha256}\n`), stdout);
    const same = await runCrema(folder, "compile", "--verify", "one", "--sha256", sha256.toUpperCase());
    assert.equal(same.code, 0, same.stderr);
    const wrong = await runCrema(folder, "compile", "--verify", "one", "--sha256", "0".repeat(64));
    assert.equal(wrong.code, 1);
    assert.match(wrong.stderr, new RegExp(`one: Expected the SHA-256 0{64} but found ${sha256}`));

    const foreign = join(folder, "foreign.cjs");
    await Deno.writeTextFile(foreign, 'console.log("foreign code");\n');
    const env = {
      XDG_CACHE_HOME: folder,
      NODE_OPTIONS: `--require ${foreign}`,
      DENO_V8_FLAGS: "--help",
      NODE_RANK: "3",
    };
    assert.equal((await runProgram(one, [], { env })).stdout, "ran\n");
  });
});
