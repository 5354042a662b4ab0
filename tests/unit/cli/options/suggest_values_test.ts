import assert from "node:assert/strict";
import { Argument, Command, Option } from "commander";
import { suggestValues } from "../../../../cli/options/suggest_values.ts";

/** What a command with choices says to arguments, or the value that it takes. */
function parsed(...args: string[]): string {
  let text = "";
  const command = new Command("x").exitOverride().configureOutput({ writeErr: (line) => void (text += line) })
    .addArgument(new Argument("[kind]", "").choices(["net", "solver"]))
    .addOption(new Option("--phase <phase>", "").choices(["TRAIN", "TEST"]).default("TEST"));
  suggestValues(command);
  try {
    command.parse(args, { from: "user" });
  } catch {
    return text.trim();
  }
  return `${command.args[0] ?? ""} ${command.opts()["phase"]}`.trim();
}

Deno.test("a wrong value of an option or argument gets the nearest one, and right ones pass", () => {
  assert.match(
    parsed("--phase", "TRIAN"),
    /'TRIAN' is invalid.*Allowed choices are TRAIN, TEST\. Did you mean TRAIN\?$/,
  );
  assert.match(
    parsed("solvr"),
    /'solvr' is invalid.*Allowed choices are net, solver\. Did you mean solver\?$/,
  );
  assert.match(parsed("--phase", "x"), /Allowed choices are TRAIN, TEST\.$/);
  assert.equal(parsed("net", "--phase", "TRAIN"), "net TRAIN");
  assert.equal(parsed("net"), "net TEST");
});
