import assert from "node:assert/strict";
import { floatText } from "../../../../train/log/float_text.ts";

Deno.test("floatText prints floats as C++ streams do", () => {
  const cases: [number, string][] = [
    [0, "0"],
    [-0, "-0"],
    [1, "1"],
    [0.1, "0.1"],
    [2.302585, "2.30259"],
    [100, "100"],
    [123456, "123456"],
    [1234567, "1.23457e+06"],
    [999999.5, "1e+06"],
    [0.0001, "0.0001"],
    [0.00001, "1e-05"],
    [0.00001234567, "1.23457e-05"],
    [1e-45, "1e-45"],
    [3.4e38, "3.4e+38"],
    [1e100, "1e+100"],
    [-0.25, "-0.25"],
    [Infinity, "inf"],
    [-Infinity, "-inf"],
    [NaN, "nan"],
    [Math.fround(0.00992565), "0.00992565"],
  ];
  for (const [value, text] of cases) assert.equal(floatText(value), text);
});

Deno.test("floatText agrees with printf's %g", async () => {
  const values = Array.from({ length: 200 }, (_, i) => Math.sin(i * 12.9898) * 10 ** ((i % 30) - 15));
  const output = await new Deno.Command("printf", {
    args: ["%g\\n", ...values.map(String)],
    env: { LC_ALL: "C" },
  }).output();
  assert.ok(output.success);
  assert.deepEqual(values.map(floatText), new TextDecoder().decode(output.stdout).trim().split("\n"));
});
