import assert from "node:assert/strict";
import { CremaError } from "../../../../base/error.ts";
import { run } from "../../../../data/datasets/dataset_fetch.ts";

Deno.test("a download that does not end is ended", async () => {
  await assert.rejects(run("sleep", ["1000"], { limit: 60, hint: "Try later." }), (error) => {
    assert.ok(error instanceof CremaError);
    assert.equal(
      error.message,
      "Expected `sleep 1000` to end within 0.001 minutes but it did not. Try later.",
    );
    return true;
  });
});

Deno.test("what a program says is told when it fails", async () => {
  await run("true", [], {});
  await assert.rejects(run("sh", ["-c", "echo no >&2; exit 3"], {}), /found exit status 3: no$/);
});
