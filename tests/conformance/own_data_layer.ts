/**
 * Runs a net of one data layer four times on libcaffe and prints the batches as JSON. Part of
 * interchange_test.ts, in a process of its own because CREMA_LIBCAFFE_DATA=1 applies to a whole process.
 *
 * @module
 */

// deno-lint-ignore-file no-console -- the output is the answer

import { Engine } from "../../ffi/engine.ts";
import { NetHandle } from "../../ffi/net_handle.ts";
import { netFromText } from "../../proto/nets/read_net.ts";

// Without planned layers, so that Crema does not read the data.
using net = NetHandle.create(Engine.open("libcaffe"), netFromText(Deno.args[0]!));
const batches: Record<string, number[]>[] = [];
for (let i = 0; i < 4; i++) {
  net.forward();
  batches.push(Object.fromEntries(net.blobs.map((blob, top) => [net.blobNames[top]!, [...blob.read()]])));
}
console.log(JSON.stringify(batches));
