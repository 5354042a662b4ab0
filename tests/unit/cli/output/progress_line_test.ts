import assert from "node:assert/strict";
import { ProgressLine } from "../../../../cli/output/progress_line.ts";

function written(terminal: boolean, run: (line: ProgressLine) => void): string {
  let text = "";
  {
    using line = new ProgressLine({ terminal, write: (part) => void (text += part) });
    run(line);
  }
  return text;
}

Deno.test("on a terminal a bar fills and ends its line, and notes come above it", () => {
  const text = written(true, (line) => {
    line.update("Writing db", 1, 4);
    line.note("left out: x.png");
    line.update("Writing db", 4, 4);
  });
  assert.match(
    text,
    /^\rWriting db ██████░+ {2}25 % {2}1 of 4 records\r +\rleft out: x\.png\n\rWriting db █/,
  );
  assert.match(text, /█{24} 100 % {2}4 of 4 records\n$/);
});

Deno.test("elsewhere there is one line at the end", () => {
  const text = written(false, (line) => {
    for (let done = 1; done <= 3; done++) line.update("Wrote db", done, 3, "images");
  });
  assert.equal(text, "Wrote db: 3 images\n");
});
