import assert from "node:assert/strict";
import { normalizeArguments } from "../../../../cli/options/normalize_arguments.ts";

const KNOWN = ["solver", "sigint_effect", "layer-path", "json"];

Deno.test("Caffe's spellings become ours", () => {
  const cases: [string[], string[]][] = [
    [["train", "-solver", "s"], ["train", "--solver", "s"]],
    [["train", "-solver=s"], ["train", "--solver=s"]],
    [["--sigint-effect=none"], ["--sigint_effect=none"]],
    [["--layer_path", "-x"], ["--layer-path", "-x"]],
    [["--solver=a-b=c"], ["--solver=a-b=c"]],
    [["--unknown", "-h", "-1", "file"], ["--unknown", "-h", "-1", "file"]],
    [["--", "-solver"], ["--", "-solver"]],
  ];
  const flags = new Set(["json"]);
  assert.deepEqual(normalizeArguments(["-json=true", "--json=0", "--solver=true"], KNOWN, flags), [
    "--json",
    "--solver=true",
  ]);
  for (const [given, wanted] of cases) assert.deepEqual(normalizeArguments(given, KNOWN), wanted);
});
