import assert from "node:assert/strict";
import { join } from "node:path";
import { cleanCaches } from "../../../../cli/caches/clean_caches.ts";
import { type Cache, findCaches } from "../../../../cli/caches/find_caches.ts";

/** Runs the body with a cache of its own; gives what is found in it. */
async function withCache(body: (folder: string, find: () => Cache[]) => Promise<void>): Promise<void> {
  const home = await Deno.makeTempDir(), before = Deno.env.get("XDG_CACHE_HOME");
  const folder = join(home, "crema");
  await Deno.mkdir(join(folder, "tuning"), { recursive: true });
  Deno.env.set("XDG_CACHE_HOME", home);
  try {
    await body(folder, () => findCaches().filter(({ path }) => path.startsWith(home)));
  } finally {
    if (before === undefined) Deno.env.delete("XDG_CACHE_HOME");
    else Deno.env.set("XDG_CACHE_HOME", before);
    await Deno.remove(home, { recursive: true });
  }
}

const PROGRAM = "0123456789abcdef0123456789abcdef";

async function fill(folder: string): Promise<void> {
  for (
    const [path, size] of [
      [`${PROGRAM}/bin/deno`, 40],
      [`${PROGRAM}/.complete`, 2],
      [`${PROGRAM}.lock`, 0],
      [
        "tuning/embedded-1.txt",
        7,
      ],
      ["notes.txt", 5],
      ["photos/a.png", 5],
    ] as const
  ) {
    await Deno.mkdir(join(folder, path, ".."), { recursive: true });
    await Deno.writeFile(join(folder, path), new Uint8Array(size));
  }
}

Deno.test("caches are found with their sizes, and removed; what is no cache stays", () =>
  withCache(async (folder, find) => {
    assert.deepEqual(find(), []);
    await fill(folder);
    const program = { kind: "programs", path: join(folder, PROGRAM), bytes: 42, isRunning: false };
    const tuning = {
      kind: "tuning",
      path: join(folder, "tuning/embedded-1.txt"),
      bytes: 7,
      isRunning: false,
    };
    const found = find();
    assert.deepEqual(found, [program, tuning]);
    assert.deepEqual(cleanCaches([found[1]!]), [{ cache: tuning }]);
    assert.deepEqual(find(), [program]);
    assert.deepEqual(cleanCaches(find()), [{ cache: program }]);
    assert.deepEqual([...Deno.readDirSync(folder)].map(({ name }) => name).sort(), [
      "notes.txt",
      "photos",
      "tuning",
    ]);
  }));

Deno.test("what a process runs from, or is unpacked now, is kept", () =>
  withCache(async (folder, find) => {
    await fill(folder);
    const sleeper = join(folder, PROGRAM, "bin/sleep");
    await Deno.copyFile("/bin/sleep", sleeper);
    await using process = new Deno.Command(sleeper, { args: ["1000"] }).spawn();
    // It runs the file from exec on, which spawn may return before.
    while (!await isRunning(process.pid, sleeper)) await new Promise((done) => setTimeout(done, 5));
    const [running] = find();
    assert.equal(running!.isRunning, true);
    assert.equal(cleanCaches([running!])[0]!.kept, "a program runs from it");
    process.kill("SIGKILL");
    await process.status;

    using lock = await Deno.open(join(folder, `${PROGRAM}.lock`), { write: true });
    await lock.lock(true);
    const [unpacked] = find();
    assert.equal(unpacked!.isRunning, false);
    assert.equal(cleanCaches([unpacked!])[0]!.kept, "a program is being unpacked to it");
    await lock.unlock();
    assert.deepEqual(cleanCaches(find().slice(0, 1)), [{ cache: unpacked }]);
  }));

async function isRunning(pid: number, file: string): Promise<boolean> {
  try {
    return await Deno.readLink(`/proc/${pid}/exe`) === file;
  } catch {
    return false;
  }
}
