import type { NetParameter } from "../messages.ts";
import { assignNets, parseAssignments } from "./assignments.ts";
import { parseText } from "../text/parse_text.ts";
import { upgradeNet } from "../upgrade/upgrade.ts";
import type { UpgradeOptions } from "../upgrade/upgrade_warning.ts";
import { readMessage, type ReadOptions } from "./read_message.ts";

/**
 * Reads a net from text and upgrades it. `file` is for error messages and `locationOf`.
 *
 * ```ts
 * import { netFromText } from "./read_net.ts";
 * import assert from "node:assert/strict";
 *
 * const net = netFromText('layers { name: "r" type: RELU }', "old.prototxt");
 * assert.equal(net.layer![0]!.type, "ReLU");
 * ```
 */
export function netFromText(text: string, file?: string, options: UpgradeOptions = {}): NetParameter {
  return upgradeNet(parseText("NetParameter", text, { file }), options);
}

/**
 * Reads a net from a file, text (.prototxt) or binary (.caffemodel), and upgrades it. Throws a CremaError
 * that names the file, and for text the line.
 */
export async function readNet(path: string, options: ReadOptions = {}): Promise<NetParameter> {
  const net = upgradeNet(await readMessage("NetParameter", path, "a net file", options), options);
  return assignNets([net], parseAssignments(options.set ?? [], "net"))[0]!;
}
