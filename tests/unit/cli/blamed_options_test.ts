import assert from "node:assert/strict";
import type { Command } from "commander";
import { datasetCommand } from "../../../cli/dataset.ts";
import { layersCommand } from "../../../cli/layers.ts";
import { runsCommand } from "../../../cli/runs.ts";
import { runTrain, trainCommand } from "../../../cli/train.ts";
import { tinySolver, writeTiny } from "../../e2e/tiny_net.ts";

/** Runs a command with arguments, which must fail. Returns what it says. */
async function failure(command: Command, ...args: string[]): Promise<string> {
  let said = "";
  command.exitOverride().configureOutput({ writeErr: (text) => said += text, writeOut: () => {} });
  const error = await command.parseAsync(args, { from: "user" }).then(
    () => undefined,
    (error: Error) => error,
  );
  assert.ok(error !== undefined, `crema ${args.join(" ")} did not fail`);
  return `${error.message}\n${said}`;
}

Deno.test("a number that an option can't have is blamed on the option", async () => {
  const cases: [string, string, RegExp][] = [
    ["--epochs", "0", /'--epochs <n>' argument '0' is invalid.*above 0/],
    ["--time_limit", "-1", /'--time_limit <seconds>' argument '-1' is invalid.*above 0/],
    ["--patience", "-1", /'--patience <tests>' argument '-1' is invalid.*from 0 on/],
  ];
  for (const [option, value, says] of cases) {
    assert.match(await failure(trainCommand(), "--solver", "none", option, value), says);
  }
});

Deno.test("what is wrong with a field is blamed on the option that gave it", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await writeTiny(folder, tinySolver({ max_iter: 1 }));
    const effects = { sigint_effect: "stop", sighup_effect: "snapshot" } as const;
    // There is no test net to watch.
    await assert.rejects(
      runTrain(`${folder}/solver.prototxt`, { patience: 3, ...effects }),
      /^CremaError: --patience 3: Expected a test net/,
    );
    await assert.rejects(
      runTrain(`${folder}/solver.prototxt`, { epochs: 1, ...effects }),
      /^CremaError: epochs: 1: Expected a data layer/,
    );
    await assert.rejects(
      runTrain(`${folder}/solver.prototxt`, { set: ["patience=3"], ...effects }),
      /^CremaError: --set patience=3: Expected a test net/,
    );
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a misspelt command of a command is told the nearest one", async () => {
  assert.match(
    await failure(runsCommand(), "rmm"),
    /crema runs \(compare, rm\) but found 'rmm'\. Did you mean 'rm'\?/,
  );
  assert.match(await failure(layersCommand(), "shwo"), /Did you mean 'show'\?/);
  assert.match(await failure(layersCommand(), "Pooling"), /crema layers show Pooling/);
  assert.match(await failure(datasetCommand(), "imges"), /Did you mean 'images'\?/);
  assert.match(await failure(datasetCommand(), "mnst"), /Did you mean 'mnist'\?/);
});
