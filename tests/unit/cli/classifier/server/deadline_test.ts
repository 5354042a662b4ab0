import assert from "node:assert/strict";
import { Deadline } from "../../../../../cli/classifier/server/deadline.ts";

/** Sets a deadline, and waits for it. */
const reached = (deadline: Deadline, milliseconds: number) =>
  new Promise<void>((resolve) => deadline.set(milliseconds, resolve));

Deno.test("a deadline takes the place of the one before, whether it is earlier or later", async () => {
  using deadline = new Deadline();
  const early: string[] = [];
  deadline.set(1e9, () => early.push("much later"));
  await reached(deadline, 1);
  deadline.set(1, () => early.push("just before"));
  await reached(deadline, 3);
  assert.deepEqual(early, []);
});

Deno.test("a deadline that was cleared is not reached, and another one may follow", async () => {
  using deadline = new Deadline();
  const early: string[] = [];
  deadline.set(1, () => early.push("cleared"));
  deadline.clear();
  await new Promise((resolve) => setTimeout(resolve, 5));
  await reached(deadline, 1);
  assert.deepEqual(early, []);
});

Deno.test("what is read within the grace after a deadline was in time", async () => {
  using deadline = new Deadline();
  const early: string[] = [];
  deadline.set(1, () => early.push("too late"));
  const start = performance.now();
  while (performance.now() - start < 5); // a net runs
  await new Promise((resolve) => setTimeout(resolve)); // the timer ends, and finds the deadline passed
  await reached(deadline, 1);
  assert.deepEqual(early, []);
});

Deno.test("a deadline that was disposed leaves no timer", async () => {
  const deadline = new Deadline(), early: string[] = [];
  deadline.set(1, () => early.push("disposed"));
  deadline[Symbol.dispose]();
  await new Promise((resolve) => setTimeout(resolve, 5));
  assert.deepEqual(early, []);
});
