import assert from "node:assert/strict";
import { join } from "node:path";

/** Exit statuses of the parts of .ci/run. */
interface Ends {
  checks?: number;
  /** Of `deno task libcaffe`; 124 means that it took too long. */
  libcaffe: number;
  /** Of `deno task onnx-test-data`. */
  onnx?: number;
  /** Of `deno task browser`. */
  browser?: number;
  tests?: number;
}

/** Runs .ci/run with a stand-in for Deno. */
async function run(
  { checks = 0, libcaffe, onnx = 0, browser = 0, tests = 0 }: Ends,
): Promise<{ code: number; lines: string[] }> {
  const folder = await Deno.makeTempDir();
  try {
    const npx = `#!/bin/sh
case "$*" in
  *tools/ok.ts*) exit ${checks} ;;
  *"task libcaffe"*) exit ${libcaffe} ;;
  *"task onnx-test-data"*) exit ${onnx} ;;
  *"task browser"*) exit ${browser} ;;
  *"task test"*) echo "browser: \${CREMA_REQUIRE_BROWSER:-no}"; echo "required: \${CREMA_REQUIRE_LIBCAFFE:-no}"; echo "7 passed, 0 failed"; exit ${tests} ;;
esac
exit 99
`;
    await Deno.writeTextFile(join(folder, "npx"), npx, { mode: 0o755 });
    const { code, stdout } = await new Deno.Command(new URL("../../../.ci/run", import.meta.url).pathname, {
      env: {
        PATH: `${folder}:${Deno.env.get("PATH")}`,
        CREMA_REQUIRE_LIBCAFFE: "",
        CREMA_REQUIRE_BROWSER: "",
      },
    }).output();
    return { code, lines: new TextDecoder().decode(stdout).trim().split("\n") };
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

Deno.test("CI requires libcaffe's tests where it was provided", async () => {
  const { code, lines } = await run({ libcaffe: 0 });
  assert.equal(code, 0);
  assert.deepEqual(lines.slice(-2), ["required: 1", "7 passed, 0 failed"]);
});

for (const [what, libcaffe] of [["is gone", 3], ["is too slow", 124]] as const) {
  Deno.test(`CI goes on without libcaffe where the archive ${what}`, async () => {
    const { code, lines } = await run({ libcaffe });
    assert.equal(code, 0);
    assert.match(lines[0]!, /Expected Debian's archive to provide libcaffe but/);
    assert.deepEqual(lines.slice(-2), ["required: no", "7 passed, 0 failed"]);
  });
}

Deno.test("CI fails where libcaffe can't be provided for another reason, after the tests", async () => {
  const { code, lines } = await run({ libcaffe: 1 });
  assert.equal(code, 1);
  assert.match(lines[0]!, /Expected to provide libcaffe but `deno task libcaffe` failed with status 1/);
  assert.equal(lines.at(-1), "7 passed, 0 failed");
});

Deno.test("CI requires the test in Chromium where that was provided, and goes on without it where it can't be had", async () => {
  assert.ok((await run({ libcaffe: 0 })).lines.includes("browser: 1"));
  const { code, lines } = await run({ libcaffe: 0, browser: 3 });
  assert.equal(code, 0);
  assert.match(lines[0]!, /Expected to provide Chromium but found none/);
  assert.ok(lines.includes("browser: no"));
  assert.equal((await run({ libcaffe: 0, browser: 1 })).code, 1);
});

Deno.test("CI goes on without ONNX's test cases where they can't be had, and says so", async () => {
  const { code, lines } = await run({ libcaffe: 0, onnx: 1 });
  assert.equal(code, 0);
  assert.match(lines[0]!, /Expected Debian's archive to provide ONNX's test cases but/);
});

Deno.test("CI fails with the checks or the tests", async () => {
  assert.equal((await run({ libcaffe: 0, checks: 5 })).code, 5);
  assert.equal((await run({ libcaffe: 3, tests: 1 })).code, 1);
});
