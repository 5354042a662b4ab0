import assert from "node:assert/strict";
import { CsvTable } from "../../../../data/sources/csv_table.ts";
import { temporaryFolder } from "../fixture.ts";

/** Text in UTF-16, marked or not. */
function utf16(text: string, littleEndian: boolean, marked: boolean): Uint8Array {
  const whole = (marked ? "\ufeff" : "") + text, bytes = new Uint8Array(2 * whole.length);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < whole.length; i++) view.setUint16(2 * i, whole.charCodeAt(i), littleEndian);
  return bytes;
}

Deno.test("a CSV file in UTF-16 is read as one in UTF-8 is", () => {
  using folder = temporaryFolder();
  const path = `${folder.path}/table.csv`, text = "length,kind\r\n5.1,setosa\r\n";
  const forms = [
    new TextEncoder().encode(text),
    new TextEncoder().encode(`\ufeff${text}`),
    ...[true, false].flatMap((little) => [true, false].map((marked) => utf16(text, little, marked))),
  ];
  for (const bytes of forms) {
    Deno.writeFileSync(path, bytes);
    const table = CsvTable.read(path);
    assert.deepEqual([...table.columns, table.number(0, 0), table.text(0, 1)], [
      "length",
      "kind",
      5.1,
      "setosa",
    ]);
  }
});
