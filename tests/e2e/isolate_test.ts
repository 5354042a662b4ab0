import assert from "node:assert/strict";
import { findNewestSnapshot } from "../../train/snapshot_files.ts";
import { libcaffeTest } from "../unit/ffi/libcaffe/built.ts";
import { finished, inFolder, readLines, runCrema, startCrema, startCremaWith } from "./run_crema.ts";
import { scriptLoss, tinyNet, tinySolver, writeTiny } from "./tiny_net.ts";

/** A layer that ends its process as native code does when it crashes. */
const CRASHES = `
import { type Blob, Layer } from "crema";

export class CrashLayer extends Layer {
  override reshape(_: Blob[], [loss]: [Blob]): void {
    loss.reshape();
  }

  override forward(): void {
    Deno.stderr.writeSync(new TextEncoder().encode("these are my last words\\n"));
    Deno.kill(Deno.pid, "SIGABRT");
    for (;;);
  }
}
`;

Deno.test("--isolate: a crash is an error with the last words, and exit status 1", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, tinySolver(), tinyNet({ loss: scriptLoss("./crash.ts", "CrashLayer") }));
    await Deno.writeTextFile(`${folder}/crash.ts`, CRASHES);
    const { code, stderr } = await runCrema(folder, "time", "--model", "net.prototxt", "--isolate");
    assert.equal(code, 1, stderr);
    assert.match(stderr, /Expected the isolated process to end by itself but found SIGABRT. It said last:\n/);
    assert.equal(stderr.match(/these are my last words/g)?.length, 2, stderr);
  }));

Deno.test("--isolate: output, signals and the exit status are the command's own", () =>
  inFolder(async (folder) => {
    await writeTiny(folder, tinySolver({ max_iter: 1_000_000_000, display: 2000 }));
    const child = startCrema(folder, "train", "--solver", "solver.prototxt", "--threads", "1", "--isolate");
    const out = child.stdout.cancel();
    // A missed signal must fail this test, not stop all tests.
    const guard = setTimeout(() => child.kill("SIGTERM"), 300_000);
    let sent = false;
    const lines = await readLines(child.stderr, (line) => {
      if (sent || !/Iteration 2000 /.test(line)) return;
      sent = true;
      child.kill("SIGINT");
    });
    await out;
    const { code } = await child.status;
    clearTimeout(guard);
    assert.equal(code, 0, lines.join("\n"));
    assert.match(lines.join("\n"), /Optimization stopped early\.\n.*Optimization Done\.$/);
    assert.ok((await findNewestSnapshot(`${folder}/tiny`)) !== undefined);

    const missing = await runCrema(folder, "time", "--model", "no.prototxt", "--isolate");
    assert.equal(missing.code, 1);
    assert.match(missing.stderr, /no\.prototxt/);
    const timed = await runCrema(
      folder,
      "time",
      "--model",
      "net.prototxt",
      "--iterations",
      "1",
      "--isolate",
      "--json",
    );
    assert.equal(JSON.parse(timed.stdout).iterations, 1);
  }));

libcaffeTest(
  "--isolate: a check inside libcaffe ends the isolated process alone",
  () =>
    inFolder(async (folder) => {
      const bad =
        'layer { name: "bad" type: "HDF5Data" top: "h" hdf5_data_param { source: "/no/such" batch_size: 2 } }';
      await writeTiny(folder, tinySolver(), `${tinyNet()} ${bad}`);
      const engine = ["--engine", "libcaffe", "--isolate"];
      for (
        const args of [["train", "--solver", "solver.prototxt"], ["time", "--model", "net.prototxt"]]
      ) {
        const { code, stderr } = await finished(
          startCremaWith({ CREMA_LIBCAFFE_DATA: "1" }, folder, ...args, ...engine),
        );
        assert.equal(code, 1, stderr);
        assert.match(stderr, /layer 'bad' \(HDF5Data\): Expected libcaffe to go on but found: /);
      }
    }),
);
