import assert from "node:assert/strict";
import { root } from "../../../tools/root.ts";

Deno.test("the scripts of models say in one line what their user can mend", async () => {
  const cases: [string, string[], string][] = [
    ["ssd_small/draw.ts", ["/none"], "error: /none: Expected weights (.caffemodel) but found no such file."],
    ["ssd_small/draw.ts", ["a", "b", "c"], "error: too many arguments."],
    ["char_lstm/write.ts", ["--weights", "models/README.md"], "error: models/README.md: Expected a binary"],
  ];
  await Promise.all(cases.map(async ([script, args, expected]) => {
    const { code, stderr, stdout } = await new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", "--no-check", `models/${script}`, ...args],
      cwd: root,
      env: { NO_COLOR: "1" },
    }).output();
    const errors = new TextDecoder().decode(stderr);
    assert.ok(errors.startsWith(expected), errors);
    assert.equal(errors.trimEnd().split("\n").length, 1, errors);
    assert.equal(code, 1);
    assert.equal(stdout.length, 0);
  }));
});
