/** The result of a test run. */
export interface TestCounts {
  passed: number;
  failed: number;
}

/**
 * Counts the cases of a JUnit report, as Deno and GoogleTest write it. Ignored and disabled cases are
 * not counted. Throws a `SyntaxError` when the text is not such a report.
 *
 * ```ts
 * import { equal } from "node:assert/strict";
 * import { countTests } from "./junit.ts";
 *
 * const xml = `<testsuites><testsuite><testcase name="a"/><testcase name="b"><failure/></testcase></testsuite></testsuites>`;
 * equal(countTests(xml).passed, 1);
 * ```
 */
export function countTests(xml: string): TestCounts {
  if (!/<testsuites[\s>]/.test(xml) || !/<\/testsuites>|<testsuites[^>]*\/>/.test(xml)) {
    throw new SyntaxError("Expected a JUnit report but found something else or only a part of one");
  }
  // Messages may hold anything: drop them before looking for tags.
  const tags = xml.replace(/<!\[CDATA\[[\s\S]*?\]\]>/g, "");
  const counts = { passed: 0, failed: 0 };
  for (
    const [, attributes = "", body = ""] of tags.matchAll(
      /<testcase\b((?:[^>"]|"[^"]*")*?)(?:\/>|>([\s\S]*?)<\/testcase>)/g,
    )
  ) {
    if (/<(failure|error)\b/.test(body)) counts.failed++;
    else if (!/<skipped\b/.test(body) && !/\bstatus="notrun"/.test(attributes)) counts.passed++;
  }
  return counts;
}
