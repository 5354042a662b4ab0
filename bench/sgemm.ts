import { Engine } from "../ffi/mod.ts";
import { Net } from "../net/mod.ts";
import { inTurn } from "./measure.ts";

/** The speed of the engine's matrix product of 1024 x 1024 x 1024, in GFLOP/s: the yardstick of this machine. */
export async function sgemmGflops(engine: Engine): Promise<number> {
  const size = 1024;
  using net = await Net.fromText(
    `layer { name: "in" type: "Input" top: "in" input_param { shape { dim: ${size} dim: ${size} } } }
     layer { name: "ip" type: "InnerProduct" bottom: "in" top: "out"
       inner_product_param { num_output: ${size} bias_term: false weight_filler { type: "xavier" } } }`,
    { engine, seed: 1 },
  );
  const [milliseconds] = inTurn([() => void net.handle.forward(1, 1)], { rounds: 15, warmUp: 3 });
  return 2 * size ** 3 / (milliseconds! * 1e6);
}
