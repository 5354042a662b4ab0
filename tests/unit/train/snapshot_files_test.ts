import assert from "node:assert/strict";
import { join } from "node:path";
import { CremaError } from "../../../base/mod.ts";
import { encode } from "../../../proto/mod.ts";
import {
  checkSnapshotFolder,
  findNewestSnapshot,
  type SnapshotContent,
  snapshotFiles,
  writeSnapshotFiles,
  writeSnapshotPair,
} from "../../../train/snapshot_files.ts";

const MODEL = encode("NetParameter", { name: "net", layer: [{ name: "ip", type: "InnerProduct" }] });
const state = (iter: number) => encode("SolverState", { iter, current_step: 1 });

async function inFolder(run: (prefix: string, folder: string) => Promise<void> | void): Promise<void> {
  const folder = await Deno.makeTempDir();
  try {
    await run(join(folder, "lenet"), folder);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

const names = (folder: string) => [...Deno.readDirSync(folder)].map((entry) => entry.name).sort();

Deno.test("a snapshot has Caffe's names and leaves nothing else behind", () =>
  inFolder((prefix, folder) => {
    const files = writeSnapshotFiles(prefix, 500, MODEL, state(500));
    assert.deepEqual(files, snapshotFiles(prefix, 500));
    assert.deepEqual(names(folder), ["lenet_iter_500.caffemodel", "lenet_iter_500.solverstate"]);
    assert.deepEqual(Deno.readFileSync(files.model), MODEL);
    assert.deepEqual(Deno.readFileSync(files.state), state(500));
  }));

/** Gives the state of an iteration a time, in seconds. */
const setTime = (prefix: string, iteration: number, seconds: number) =>
  Deno.utimeSync(snapshotFiles(prefix, iteration).state, seconds, seconds);

Deno.test("the newest snapshot is the one that was written last, not the highest iteration", () =>
  inFolder(async (prefix) => {
    // An earlier training went further than the one that is to be resumed.
    for (const [i, iteration] of [1000, 300, 20].entries()) {
      writeSnapshotFiles(prefix, iteration, MODEL, state(iteration));
      setTime(prefix, iteration, 1_000_000 + i);
    }
    assert.equal((await findNewestSnapshot(prefix))?.iteration, 20);
    // Copied files may have one time: then the highest iteration is the newest.
    for (const iteration of [1000, 300, 20]) setTime(prefix, iteration, 1_000_000);
    assert.equal((await findNewestSnapshot(prefix))?.iteration, 1000);
  }));

Deno.test("the best snapshot, and those of other stems, count as the others do", () =>
  inFolder(async (prefix, folder) => {
    writeSnapshotFiles(prefix, 20, MODEL, state(20));
    setTime(prefix, 20, 1_000_000);
    const best = writeSnapshotFiles(prefix, 30, MODEL, state(30), "BINARYPROTO", "best");
    const newest = (stems?: string[]) => findNewestSnapshot(prefix, { stems });
    Deno.utimeSync(best.state, 1_000_001, 1_000_001);
    assert.deepEqual(await newest(), best);
    // Of one time, what has its iteration in its name is taken.
    Deno.utimeSync(best.state, 1_000_000, 1_000_000);
    assert.equal((await newest())?.iteration, 20);
    const last = { iteration: 40, model: `${folder}/last.caffemodel`, state: `${folder}/last.solverstate` };
    writeSnapshotPair(last, MODEL, state(40));
    assert.equal((await newest())?.iteration, 20);
    assert.deepEqual(await newest([`${folder}/none`, `${folder}/last`]), last);
    await Deno.remove(last.model);
    assert.equal((await newest([`${folder}/last`]))?.iteration, 20);
  }));

Deno.test("a newer snapshot of another net or solver is passed over, and of none at all it is an error", () =>
  inFolder(async (prefix) => {
    for (const [i, iteration] of [10, 20, 5].entries()) {
      const layer = [{
        name: iteration === 5 ? "other" : "ip",
        blobs: [{ data: new Float32Array(iteration) }],
      }];
      writeSnapshotFiles(prefix, iteration, encode("NetParameter", { layer }), state(iteration));
      setTime(prefix, iteration, 1_000_000 + i);
    }
    const passedOver: string[] = [];
    const wanted = (count: number) => ({
      misfit: ({ parameters }: SnapshotContent) =>
        parameters.get("ip")?.[0] === count ? undefined : "Expected ip",
      onUnreadable: ({ iteration }: { iteration: number }, { message }: CremaError) => {
        passedOver.push(`${iteration} ${message.replace(prefix, "")}`);
      },
    });
    assert.equal((await findNewestSnapshot(prefix, wanted(10)))?.iteration, 10);
    assert.deepEqual(passedOver, [
      "5 _iter_5.caffemodel: Expected ip",
      "20 _iter_20.caffemodel: Expected ip",
    ]);
    await assert.rejects(findNewestSnapshot(prefix, wanted(11)), {
      message: /can be used but found none: .*Expected ip/,
    });
  }));

Deno.test("a snapshot that is not complete is passed over for the newest one that is", () =>
  inFolder(async (prefix) => {
    for (const iteration of [1000, 900, 20]) {
      writeSnapshotFiles(prefix, iteration, MODEL, state(iteration));
      setTime(prefix, iteration, 1_000_000 + iteration);
    }
    assert.equal((await findNewestSnapshot(prefix))?.iteration, 1000);
    // A truncated state, a missing model, a damaged model, a state of another iteration: each is skipped.
    writeSnapshotFiles(prefix, 2000, MODEL, state(2000).slice(0, -1));
    assert.equal((await findNewestSnapshot(prefix))?.iteration, 1000);
    writeSnapshotFiles(prefix, 3000, MODEL, state(3000));
    Deno.removeSync(snapshotFiles(prefix, 3000).model);
    assert.equal((await findNewestSnapshot(prefix))?.iteration, 1000);
    writeSnapshotFiles(prefix, 4000, MODEL.slice(0, -1), state(4000));
    assert.equal((await findNewestSnapshot(prefix))?.iteration, 1000);
    writeSnapshotFiles(prefix, 5000, MODEL, state(17));
    for (const iteration of [2000, 3000, 4000, 5000]) setTime(prefix, iteration, 2_000_000 + iteration);
    const passedOver: [number, string][] = [];
    const newest = await findNewestSnapshot(
      prefix,
      { onUnreadable: ({ iteration }, { message }) => passedOver.push([iteration, message]) },
    );
    assert.equal(newest?.iteration, 1000);
    assert.deepEqual(passedOver.map(([iteration]) => iteration), [5000, 4000, 3000, 2000]);
    const reasons = [
      /5000\.solverstate: .*iteration 5000 .*17/,
      /4000\.caffemodel/,
      /3000\.caffemodel/,
      /2000\.solverstate/,
    ];
    for (const [i, reason] of reasons.entries()) assert.match(passedOver[i]![1], reason);
  }));

Deno.test("snapshots of which none can be read are an error, never a new beginning", () =>
  inFolder(async (prefix) => {
    writeSnapshotFiles(prefix, 10, MODEL.slice(0, -1), state(10));
    writeSnapshotFiles(prefix, 20, MODEL, state(20).slice(0, -1));
    setTime(prefix, 10, 1_000_000);
    await assert.rejects(findNewestSnapshot(prefix), {
      name: "CremaError",
      message:
        /Expected a snapshot '.*lenet_\*' that can be used but found none: .*lenet_iter_20\.solverstate: /,
    });
  }));

Deno.test("other prefixes in the folder are ignored", () =>
  inFolder(async (prefix) => {
    writeSnapshotFiles(`${prefix}_script`, 10, MODEL, state(10));
    assert.equal(await findNewestSnapshot(prefix), undefined);
    assert.equal(await findNewestSnapshot(join(prefix, "missing", "folder")), undefined);
  }));

Deno.test("leftovers of killed writers are ignored, then removed by the next snapshot", () =>
  inFolder(async (prefix, folder) => {
    Deno.writeFileSync(`${prefix}_iter_7.caffemodel.tmp-1`, MODEL.slice(0, 5));
    Deno.writeFileSync(`${prefix}_iter_7.solverstate.tmp-1`, state(7));
    Deno.writeFileSync(`${prefix}_script_iter_7.solverstate.tmp-1`, state(7));
    assert.equal(await findNewestSnapshot(prefix), undefined);
    writeSnapshotFiles(prefix, 8, MODEL, state(8));
    assert.deepEqual(names(folder), [
      "lenet_iter_8.caffemodel",
      "lenet_iter_8.solverstate",
      "lenet_script_iter_7.solverstate.tmp-1",
    ]);
  }));

Deno.test("a snapshot that cannot be written is a CremaError and changes nothing", () =>
  inFolder((prefix, folder) => {
    writeSnapshotFiles(prefix, 1, MODEL, state(1));
    Deno.mkdirSync(`${prefix}_iter_2.caffemodel`); // in the way of the final name
    assert.throws(() => writeSnapshotFiles(prefix, 2, MODEL, state(2)), CremaError);
    assert.deepEqual(names(folder), [
      "lenet_iter_1.caffemodel",
      "lenet_iter_1.solverstate",
      "lenet_iter_2.caffemodel",
    ]);
  }));

Deno.test("a missing last folder is made, a missing path is an error", () =>
  inFolder((_, folder) => {
    checkSnapshotFolder(join(folder, "snapshots", "lenet"));
    assert.deepEqual(names(folder), ["snapshots"]);
    assert.deepEqual(names(join(folder, "snapshots")), []);
    assert.throws(
      () => checkSnapshotFolder(join(folder, "a", "b", "lenet")),
      (error: unknown) =>
        error instanceof CremaError && /Expected a folder for snapshots/.test(error.message),
    );
  }));

Deno.test("a prefix below a file is an error that names it, not the system's alone", () =>
  inFolder((prefix) => {
    Deno.writeTextFileSync(prefix, "a file");
    assert.throws(() => writeSnapshotFiles(`${prefix}/net`, 3, MODEL, state(3)), (error: unknown) => {
      assert.ok(error instanceof CremaError);
      assert.match(
        error.message,
        /lenet\/net_iter_3\.caffemodel: Expected to write the snapshot of iteration 3 but found .*irectory.*snapshot_prefix/,
      );
      return true;
    });
  }));
