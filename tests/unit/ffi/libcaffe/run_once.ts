/**
 * Makes a net or solver on libcaffe and runs it once: the child process of bad_nets_test.ts, for networks at
 * which libcaffe may end the process. Its argument is "net" or "solver"; the prototxt comes on standard
 * input.
 */
import { Net } from "../../../../net/net.ts";
import { Solver } from "../../../../train/solver.ts";

const text = await new Response(Deno.stdin.readable).text();
try {
  if (Deno.args[0] === "solver") {
    using solver = await Solver.fromText(text, { engine: "libcaffe" });
    solver.step();
  } else {
    using net = await Net.fromText(text, { engine: "libcaffe", phase: "TRAIN" });
    net.forward();
    net.backward();
  }
} catch (error) {
  await Deno.stderr.write(new TextEncoder().encode(`crema: ${(error as Error).message}\n`));
  Deno.exit(1);
}
