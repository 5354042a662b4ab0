import assert from "node:assert/strict";
import { decode } from "../../proto/mod.ts";
import { findNewestSnapshot } from "../../train/snapshot_files.ts";
import { inFolder, readLines, startCrema } from "./run_crema.ts";
import { tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

const KILLS = 50;

/** Every file under a final name must be whole. */
async function checkWhole(folder: string): Promise<void> {
  for (const { name } of Deno.readDirSync(folder)) {
    const type = name.endsWith(".caffemodel")
      ? "NetParameter"
      : name.endsWith(".solverstate")
      ? "SolverState"
      : undefined;
    if (type === undefined) continue;
    const message = decode(type, await Deno.readFile(`${folder}/${name}`));
    if ("iter" in message) assert.ok((message as { learned_net?: string }).learned_net, `${name} is cut`);
    else assert.equal((message as { layer?: unknown[] }).layer?.length, 6, `${name} is cut`);
  }
}

Deno.test("kill -9 at any moment of a snapshot leaves the newest complete one, fifty times", () =>
  inFolder(async (folder) => {
    // Wide enough that writing takes most of the time, so that most kills come in the middle of a snapshot.
    await writeTiny(
      folder,
      tinySolver({ max_iter: 100_000_000, snapshot: 1, display: 0 }),
      tinyNet({ hidden: 20_000 }),
    );
    let newest = 0, inTheMiddle = 0;
    for (let kill = 0; kill < KILLS; kill++) {
      const child = startCrema(
        folder,
        "train",
        "--solver",
        "solver.prototxt",
        "--snapshot",
        "auto",
        "--threads",
        "1",
      );
      let resumed = 0, snapshots = 0;
      const out = child.stdout.cancel();
      const lines = readLines(child.stderr, (line) => {
        resumed = Number(/Resuming from tiny_iter_(\d+)\.solverstate/.exec(line)?.[1] ?? resumed);
        // At a different moment each time, spread over the two or three snapshots that follow.
        if (/Snapshotting solver state/.test(line) && ++snapshots === 2) {
          setTimeout(() => child.kill("SIGKILL"), kill * 7 % 40);
        }
      });
      const { signal } = await child.status;
      const log = (await lines).join("\n");
      await out;
      assert.equal(signal, "SIGKILL", log);
      assert.equal(resumed, newest, `run ${kill} resumed from the snapshot before it`);
      if ([...Deno.readDirSync(folder)].some(({ name }) => name.includes(".tmp-"))) inTheMiddle++;
      await checkWhole(folder);
      const files = await findNewestSnapshot(`${folder}/tiny`);
      assert.ok(files !== undefined && files.iteration >= newest + 2, "snapshots were lost");
      newest = files.iteration;
      // Keeps the folder small.
      for (const { name } of [...Deno.readDirSync(folder)]) {
        const iteration = Number(/_iter_(\d+)\.\w+$/.exec(name)?.[1] ?? newest);
        if (iteration < newest - 1) await Deno.remove(`${folder}/${name}`);
      }
    }
    assert.ok(inTheMiddle > 0, "some kill came in the middle of a snapshot");
  }));
