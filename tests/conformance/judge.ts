import assert from "node:assert/strict";
import { existsSync } from "node:fs";
import { type Answer, compact, differences, FLOOR, TOLERANCE } from "./answer.ts";
import { type GoldenFile, hashOf, unpack } from "./golden.ts";

/** Whether libcaffe is available; CREMA_REQUIRE_LIBCAFFE=1 says that it must be. */
export const live = Deno.env.get("CREMA_REQUIRE_LIBCAFFE") === "1" ||
  existsSync(new URL("../../build/libcaffe/libcrema_libcaffe.so", import.meta.url));

/** A question to every engine. */
export interface Question {
  name: string;
  /** What decides the answer, as text. */
  asked: string;
  tolerance?: number | undefined;
  floor?: number | undefined;
  answer(engine: string): Promise<Answer>;
}

/**
 * Asks the embedded engine, and libcaffe if it is available. Throws when the embedded engine differs from the
 * record, libcaffe from the record (ten times as strictly: they are the same code), or one engine from the
 * other.
 */
export async function judge(question: Question, golden: GoldenFile): Promise<void> {
  const { name, asked, tolerance = TOLERANCE, floor = FLOOR } = question;
  const recorded = golden[name];
  assert.ok(recorded !== undefined, `'${name}' is not recorded: run \`deno task conformance:record\``);
  assert.equal(recorded.asked, hashOf(asked), `'${name}' was changed: run \`deno task conformance:record\``);
  const expected = unpack(recorded);
  const caffes = live ? await question.answer("libcaffe") : undefined;
  const ours = await question.answer("embedded");
  const listed = (what: string, found: string[]) => found.map((each) => `${what}: ${each}`);
  const found = listed("embedded and the record", differences(compact(ours), expected, tolerance, floor));
  if (caffes !== undefined) {
    found.push(
      ...listed("libcaffe and its record", differences(compact(caffes), expected, tolerance / 10, floor)),
    );
    found.push(...listed("embedded and libcaffe", differences(ours, caffes, tolerance, floor)));
  }
  if (found.length > 0) assert.fail(`${name}\n  ${found.join("\n  ")}`);
}
