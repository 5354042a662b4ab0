import assert from "node:assert/strict";
import { findNewestSnapshot } from "../../train/snapshot_files.ts";
import { inFolder, ROOT, runCrema } from "./run_crema.ts";
import { tinySolver, writeTiny } from "./tiny_net.ts";

const SOLVER = tinySolver({ max_iter: 20, display: 1 });

Deno.test("training goes on when the disk of its log is full, and warns once", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, SOLVER);
    const { code, stderr } = await runCrema(
      folder,
      "train",
      "--solver",
      "solver.prototxt",
      "--log",
      "/dev/full",
    );
    assert.equal(code, 0, stderr);
    assert.equal(stderr.match(/log file \/dev\/full but found: No space left/g)?.length, 1, stderr);
    assert.equal((await findNewestSnapshot(`${folder}/tiny`))?.iteration, 20);
  }));

Deno.test("training goes on when standard error cannot be written", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, SOLVER);
    const crema = [Deno.execPath(), "run", "-A", "--no-check", "--config", `${ROOT}deno.json`];
    const args = [...crema, `${ROOT}cli/main.ts`, "train", "--solver", "solver.prototxt"];
    const { code } = await new Deno.Command("sh", {
      args: ["-c", '"$@" 2> /dev/full', "sh", ...args],
      cwd: folder,
      env: { INIT_CWD: "" },
    }).output();
    assert.equal(code, 0);
    assert.equal((await findNewestSnapshot(`${folder}/tiny`))?.iteration, 20);
  }));
