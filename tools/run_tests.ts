/**
 * `deno task test`: the engine's own tests, plain and under sanitizers, then every Deno test and example.
 *
 * Its last line is always `N passed, N failed`, over all of them; it exits with 1 when any failed or none ran.
 * Arguments go to `deno test` and leave the engine's tests out: `deno task test tests/unit/proto --filter text`.
 *
 * (This file can't be called test.ts: `deno test` would take it for a test, and run itself.)
 *
 * @module
 */

// deno-lint-ignore-file no-console -- a command speaks to its user

import { existsSync } from "node:fs";
import { join } from "node:path";
import { buildEngine, type EngineBuild, engineTests, sanitizedTests } from "./engine_build.ts";
import { countTests, type TestCounts } from "./junit.ts";
import { SetupError } from "./requirements.ts";
import { root } from "./root.ts";

/** A stage that takes longer has hung. */
const stageLimitMs = 40 * 60 * 1000;

const results = join(root, "build", "test-results");

async function main(): Promise<void> {
  await Deno.mkdir(results, { recursive: true });
  const stages: [name: string, run: () => Promise<TestCounts>][] = [];
  if (Deno.args.length === 0) {
    stages.push(
      ["engine tests", () => runEngineTests(engineTests, "engine")],
      ["engine tests under AddressSanitizer and UBSan", () => runEngineTests(sanitizedTests, "sanitized")],
    );
  }
  stages.push(["Deno tests and examples", () => runDenoTests(Deno.args)]);

  const total = { passed: 0, failed: 0 };
  for (const [name, run] of stages) {
    console.log(`\n== ${name}`);
    const start = performance.now();
    const { passed, failed } = await run();
    total.passed += passed;
    total.failed += failed;
    const seconds = ((performance.now() - start) / 1000).toFixed(1);
    console.log(`== ${name}: ${passed} passed, ${failed} failed (${seconds} s)`);
  }
  if (total.passed + total.failed === 0) console.log("\nExpected some tests to run but found none.");
  if (!existsSync(join(root, "build", "libcaffe", "libcrema_libcaffe.so"))) {
    console.log(
      "\nlibcaffe is not here (`deno task libcaffe` fetches it): its own tests were skipped, and the embedded " +
        "engine was compared only with libcaffe's recorded answers.",
    );
  }
  console.log(`\n${total.passed} passed, ${total.failed} failed`);
  Deno.exit(total.failed === 0 && total.passed > 0 ? 0 : 1);
}

async function runEngineTests(build: EngineBuild, name: string): Promise<TestCounts> {
  try {
    let told = false;
    await buildEngine(build, (_, steps) => {
      if (!told) console.log(`Building ${build.folder}, ${steps} steps`);
      told = true;
    });
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    console.log(error.message);
    return { passed: 0, failed: 1 };
  }
  const report = join(results, `${name}.xml`);
  return await runCounted(
    join(root, build.folder, build.target),
    [`--gtest_output=xml:${report}`, "--gtest_brief=1"],
    report,
    {
      // Threads that spin while they wait make the tests take minutes on a busy machine.
      OMP_WAIT_POLICY: "passive",
      // A failed check ends the program and shows the stack; a failed allocation is for the engine to report.
      ASAN_OPTIONS: "abort_on_error=0:detect_stack_use_after_return=1:allocator_may_return_null=1",
      UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
    },
  );
}

async function runDenoTests(args: string[]): Promise<TestCounts> {
  const report = join(results, "deno.xml");
  return await runCounted(
    Deno.execPath(),
    ["test", "-A", "--doc", `--junit-path=${report}`, ...args],
    report,
  );
}

/** Runs tests that leave a JUnit report; a run that ends badly without a failure in its report counts as one. */
async function runCounted(
  program: string,
  args: string[],
  report: string,
  env: Record<string, string> = {},
): Promise<TestCounts> {
  await Deno.remove(report).catch(() => {});
  const child = new Deno.Command(program, {
    args,
    cwd: root,
    env,
    stdin: "null",
    stdout: "inherit",
    stderr: "inherit",
  }).spawn();
  const watchdog = setTimeout(() => child.kill("SIGKILL"), stageLimitMs);
  const status = await child.status;
  clearTimeout(watchdog);

  const end = status.signal === null ? `exit status ${status.code}` : `signal ${status.signal}`;
  let counts: TestCounts;
  try {
    counts = countTests(await Deno.readTextFile(report));
  } catch (error) {
    console.log(`Expected ${program} to report its tests but it ended with ${end}: ${error}`);
    return { passed: 0, failed: 1 };
  }
  if (!status.success && counts.failed === 0) {
    console.log(`Expected ${program} to end well but it ended with ${end}.`);
    counts.failed++;
  }
  return counts;
}

if (import.meta.main) await main();
