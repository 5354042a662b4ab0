import { deepEqual, throws } from "node:assert/strict";
import { countTests } from "../../../tools/junit.ts";

Deno.test("counts Deno's report: steps, failures, ignored tests, tags in names and messages", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites name="deno test" tests="5" failures="2" errors="0" time="0.009">
  <testsuite name="./a_test.ts" tests="5" disabled="1" errors="0" failures="2">
    <testcase name="ok &lt;/testcase&gt; &lt;failure&gt;" classname="./a_test.ts" time="0.001" line="1" col="6">
    </testcase>
    <testcase name="a step" classname="./a_test.ts"/>
    <testcase name="bad" classname="./a_test.ts" time="0.001" line="2" col="6">
      <failure message="1 test step failed">1 test step failed.</failure>
    </testcase>
    <testcase name="bad &gt; step" classname="./a_test.ts">
      <failure message="x ]]&gt; &lt;testcase name=&apos;q&apos;/&gt;">Error: &lt;testcase/&gt;</failure>
    </testcase>
    <testcase name="ignored"><skipped/></testcase>
  </testsuite>
</testsuites>`;
  deepEqual(countTests(xml), { passed: 2, failed: 2 });
});

Deno.test("counts GoogleTest's report: CDATA, disabled and skipped tests", () => {
  const xml = `<?xml version="1.0" encoding="UTF-8"?>
<testsuites tests="4" failures="1" disabled="1" errors="0" time="0.001" name="AllTests">
  <testsuite name="A" tests="4" failures="1" disabled="1" skipped="1" errors="0">
    <testcase name="B" file="a.cc" line="3" status="run" result="completed" time="0.001" classname="A" />
    <testcase name="C" status="run" result="completed" classname="A">
      <failure message="a.cc:5&#x0A;x" type=""><![CDATA[a.cc:5 </testcase><testcase name="D"/>]]></failure>
    </testcase>
    <testcase name="DISABLED_D" status="notrun" result="suppressed" classname="A" />
    <testcase name="E" status="run" result="skipped" classname="A">
      <skipped message="no"><![CDATA[no]]></skipped>
    </testcase>
  </testsuite>
</testsuites>`;
  deepEqual(countTests(xml), { passed: 1, failed: 1 });
});

Deno.test("an empty report has no tests; a broken one is an error", () => {
  deepEqual(countTests(`<testsuites name="deno test" tests="0"></testsuites>`), { passed: 0, failed: 0 });
  throws(() => countTests(""), SyntaxError);
  throws(() => countTests(`<testsuites><testsuite><testcase name="a"/>`), SyntaxError);
});
