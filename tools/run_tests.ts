/**
 * `deno task test`: the engine's own tests, plain and under sanitizers, then every Deno test and example.
 *
 * Two parts run at once: the tests of the command start thousands of processes one after the other, and the engine's tests
 * are compiled while those leave a processor idle.
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
import { buildEngine, type EngineBuild, engineTests, inBackground, sanitizedTests } from "./engine_build.ts";
import { countTests, type TestCounts } from "./junit.ts";
import { SetupError } from "./requirements.ts";
import { root } from "./root.ts";
import { runStages, type TestStage } from "./test_stages.ts";

/** A stage that takes longer has hung. */
const stageLimitMs = 40 * 60 * 1000;

const results = join(root, "build", "test-results");

const sanitized = "engine tests under AddressSanitizer and UBSan";

/**
 * Everything, the longest stage first. Those that may run at once write no files of each other: the tests of the command
 * alone use data-cache/ and build/frames/.
 */
const everything: TestStage[] = [
  { name: "tests of the command", run: (print) => runDenoTests("command", ["tests/e2e"], print) },
  { name: "engine tests", run: (print) => runEngineTests(engineTests, "engine", print) },
  { name: sanitized, run: (print) => runEngineTests(sanitizedTests, "sanitized", print) },
  {
    name: "other tests and examples",
    run: (print) => runDenoTests("others", ["--ignore=tests/e2e,tests/fuzz"], print),
  },
  // The fuzzer also runs the library that was built for the engine's tests, in the same folder.
  { name: "fuzzing", after: [sanitized], run: (print) => runDenoTests("fuzzing", ["tests/fuzz"], print) },
];

async function main(): Promise<void> {
  await Deno.mkdir(results, { recursive: true });
  const total = Deno.args.length > 0
    ? await runDenoTests("deno", Deno.args)
    : await runStages(everything, { lanes: 2, print: (text) => writeAll(text) });
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

function writeAll(text: string): void {
  const bytes = new TextEncoder().encode(text);
  for (let done = 0; done < bytes.length;) done += Deno.stdout.writeSync(bytes.subarray(done));
}

async function runEngineTests(
  build: EngineBuild,
  name: string,
  print: (text: string) => void,
): Promise<TestCounts> {
  try {
    let told = false;
    const tell = (_: number, steps: number) => {
      if (!told) print(`Building ${build.folder}, ${steps} steps\n`);
      told = true;
    };
    await buildEngine(build, tell, inBackground);
  } catch (error) {
    if (!(error instanceof SetupError)) throw error;
    print(`${error.message}\n`);
    return { passed: 0, failed: 1 };
  }
  const report = join(results, `${name}.xml`);
  const program = join(root, build.folder, build.target);
  return await runCounted(
    [...inBackground, program, `--gtest_output=xml:${report}`, "--gtest_brief=1"],
    report,
    print,
    {
      // Threads that spin while they wait make the tests take minutes on a busy machine.
      OMP_WAIT_POLICY: "passive",
      // A failed check ends the program and shows the stack; a failed allocation is for the engine to report.
      ASAN_OPTIONS: "abort_on_error=0:detect_stack_use_after_return=1:allocator_may_return_null=1",
      UBSAN_OPTIONS: "print_stacktrace=1:halt_on_error=1",
    },
  );
}

/** Runs `deno test`. What it prints is shown at once without `print`. */
async function runDenoTests(
  name: string,
  args: string[],
  print?: (text: string) => void,
): Promise<TestCounts> {
  const report = join(results, `${name}.xml`);
  return await runCounted(
    [Deno.execPath(), "test", "-A", "--doc", `--junit-path=${report}`, ...args],
    report,
    print,
  );
}

/** Runs tests that leave a JUnit report; a run that ends badly without a failure in its report counts as one. */
async function runCounted(
  command: string[],
  report: string,
  print?: (text: string) => void,
  env: Record<string, string> = {},
): Promise<TestCounts> {
  await Deno.remove(report).catch(() => {});
  // One pipe for both outputs keeps their order.
  const [program, ...args] = print === undefined ? command : ["sh", "-c", 'exec "$@" 2>&1', "sh", ...command];
  const child = new Deno.Command(program!, {
    args,
    cwd: root,
    env,
    stdin: "null",
    stdout: print === undefined ? "inherit" : "piped",
    stderr: "inherit",
  }).spawn();
  const watchdog = setTimeout(() => child.kill("SIGKILL"), stageLimitMs);
  const shown = (async () => {
    if (print === undefined) return;
    for await (const text of child.stdout.pipeThrough(new TextDecoderStream())) print(text);
  })();
  const status = await child.status;
  clearTimeout(watchdog);
  // A process that a test left behind may keep the pipe open.
  const leftBehind = Promise.withResolvers<void>();
  const patience = setTimeout(leftBehind.resolve, 5000);
  await Promise.race([shown, leftBehind.promise]);
  clearTimeout(patience);

  const say = print ?? writeAll;
  const end = status.signal === null ? `exit status ${status.code}` : `signal ${status.signal}`;
  let counts: TestCounts;
  try {
    counts = countTests(await Deno.readTextFile(report));
  } catch (error) {
    say(`Expected ${command.join(" ")} to report its tests but it ended with ${end}: ${error}\n`);
    return { passed: 0, failed: 1 };
  }
  if (!status.success && counts.failed === 0) {
    say(`Expected ${command.join(" ")} to end well but it ended with ${end}.\n`);
    counts.failed++;
  }
  return counts;
}

if (import.meta.main) await main();
