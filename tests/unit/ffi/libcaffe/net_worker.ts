/// <reference lib="deno.worker" />
/** Runs the net that it receives on libcaffe, in a thread of its own: part of libcaffe_test.ts. */
import { Net } from "../../../../net/net.ts";

self.onmessage = async ({ data: text }: MessageEvent<string>) => {
  using net = await Net.fromText(text, { engine: "libcaffe", seed: 9 });
  const x = new Float32Array(net.blob("x").count).fill(0.5);
  let y = new Float32Array();
  for (let i = 0; i < 50; i++) y = net.forward({ inputs: { x } })["y"]!.slice();
  self.postMessage(y);
};
