import assert from "node:assert/strict";
import { COMMAND_DESCRIPTIONS } from "../../../cli/command_descriptions.ts";
import { COMMANDS } from "../../../cli/main.ts";

Deno.test("the help of crema describes each command as the command does", async () => {
  for (const [name, description] of Object.entries(COMMAND_DESCRIPTIONS)) {
    const command = await COMMANDS[name]!();
    assert.equal(command.name(), name);
    assert.equal(command.description(), description, name);
  }
});
