import assert from "node:assert/strict";
import { CommandLog } from "../../../../cli/output/command_log.ts";

function said(options: { terminal: boolean; quiet?: boolean }): string {
  let text = "";
  {
    using log = new CommandLog({ ...options, write: (part) => void (text += part) });
    log.line("caffe.cpp:275", "Use CPU.");
    for (let batch = 1; batch <= 2; batch++) {
      log.line("caffe.cpp:304", `Batch ${batch}`);
      log.progress("Testing", batch, 2, "batches");
    }
    log.line("net.cpp:1", "a layer is odd", "W");
    log.line("solver.cpp:540", "class1: 0.5", "I", true);
  }
  return text;
}

Deno.test("programs and files get Caffe's lines", () => {
  const lines = said({ terminal: false }).trimEnd().split("\n");
  assert.deepEqual(
    lines.map((line) => line.replace(/^(.)\d{4} .* (\S+\])/, "$1 $2")),
    [
      "I caffe.cpp:275] Use CPU.",
      "I caffe.cpp:304] Batch 1",
      "I caffe.cpp:304] Batch 2",
      "W net.cpp:1] a layer is odd",
      "I solver.cpp:540] class1: 0.5",
    ],
  );
});

Deno.test("a terminal gets a bar, warnings and what was asked for", () => {
  const text = said({ terminal: true });
  assert.match(text, /^\rTesting ░|^\rTesting █/);
  assert.match(text, /100 % {2}2 of 2 batches *\nWarning: a layer is odd\nclass1: 0\.5\n$/);
  assert.doesNotMatch(text, /Use CPU|Batch 1/);
});

Deno.test("with --json there are only warnings, and what was asked for", () => {
  for (const terminal of [true, false]) {
    const lines = said({ terminal, quiet: true }).trimEnd().split("\n");
    assert.equal(lines.length, 2);
    assert.match(lines[0]!, /^W.* net\.cpp:1\] a layer is odd$/);
  }
});
