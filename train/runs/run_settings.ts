import { join } from "node:path";
import { replaceFile } from "../../base/replace_file.ts";
import { resolveSource } from "../../data/sources/source_path.ts";
import { locationOf } from "../../proto/text/location.ts";
import { printText } from "../../proto/text/print_text.ts";
import type { Solver } from "../solver.ts";

/**
 * Writes `solver.prototxt` and `net.prototxt` as a solver has them. The net is a copy of the solver's file, comments and
 * all, if it names one; nets that are given apart are written as `train_net.prototxt` and `test_net_0.prototxt` and so on.
 */
export function writeSettings(folder: string, { param, net, testNets }: Solver): void {
  const write = (name: string, text: string) => replaceFile(join(folder, name), text);
  write("solver.prototxt", printText("SolverParameter", param));
  if (param.net_param !== undefined) write("net.prototxt", printText("NetParameter", param.net_param));
  else if (param.net !== undefined) {
    write("net.prototxt", Deno.readTextFileSync(resolveSource(param.net, locationOf(param)?.file)));
  } else write("train_net.prototxt", printText("NetParameter", net.param));
  if ((param.test_net ?? []).length + (param.test_net_param ?? []).length === 0) return;
  for (const [i, { param }] of testNets.entries()) {
    write(`test_net_${i}.prototxt`, printText("NetParameter", param));
  }
}
