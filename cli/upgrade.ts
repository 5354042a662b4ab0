import { Argument, Command } from "commander";
import { CremaError, type Location } from "../base/mod.ts";
import { writeWhole } from "../base/write_whole.ts";
import {
  assignNets,
  assignSolver,
  encode,
  type NetParameter,
  parseAssignments,
  printText,
  type SolverParameter,
  upgradeNet,
  upgradeSolver,
} from "../proto/mod.ts";
import { readMessage } from "../proto/nets/read_message.ts";
import { addSetOption } from "./options/net_command_options.ts";
import { printError, printOut } from "./output/print.ts";

/** What `crema upgrade` brings to the present form. */
const KINDS = ["net", "solver", "weights"] as const;

/** One of {@link KINDS}. */
type Kind = typeof KINDS[number];

/** `crema upgrade`: Caffe's upgrade_net_proto_text, upgrade_net_proto_binary and upgrade_solver_proto_text. */
export function upgradeCommand(): Command {
  const command = new Command("upgrade")
    .description("rewrite a file of an older Caffe in the present form")
    .addArgument(new Argument("<kind>", "what the file is").choices(KINDS))
    .argument("<in>", "a net's or a solver's prototxt, or a .caffemodel")
    .argument("<out>", "the file to write; may be the same");
  return addSetOption(command)
    .action(async (kind: Kind, from: string, to: string, { set }: { set?: string[] | undefined }) => {
      await runUpgrade(kind, from, to, set);
    });
}

async function runUpgrade(kind: Kind, from: string, to: string, set: readonly string[] = []): Promise<void> {
  const onWarning = (text: string, at: Location | undefined) => {
    const place = [at?.file ?? from, at?.line].filter((part) => part !== undefined).join(":");
    printError(`warning: ${place}: ${text}\n`);
  };
  if (kind === "solver") {
    const solver = await readMessage("SolverParameter", from, "a solver file", { format: "text" });
    const text = (message: SolverParameter) =>
      new TextEncoder().encode(printText("SolverParameter", message));
    const upgraded = upgradeSolver(assignSolver(solver, parseAssignments(set, "solver")), { onWarning });
    return await write({ from, to, what: kind }, text(solver), text(upgraded));
  }
  const isText = kind === "net";
  const net = await readMessage("NetParameter", from, isText ? "a net file" : "weights (.caffemodel)", {
    format: isText ? "text" : "binary",
  });
  const bytes = (message: NetParameter) =>
    isText ? new TextEncoder().encode(printText("NetParameter", message)) : encode("NetParameter", message);
  const [upgraded] = assignNets([upgradeNet(net, { onWarning })], parseAssignments(set, "net"));
  await write({ from, to, what: kind }, bytes(net), bytes(upgraded!));
}

/** Writes what was upgraded, and says whether it differs from what was there. */
async function write(
  { from, to, what }: { from: string; to: string; what: Kind },
  before: Uint8Array,
  after: Uint8Array,
): Promise<void> {
  if (before.length === 0) {
    const message = what === "solver" ? "solver's settings" : what === "net" ? "layers of a net" : "weights";
    throw new CremaError(`Expected ${message} but found nothing`, { file: from });
  }
  await writeWhole(to, () => after, what);
  const isSame = before.length === after.length && before.every((byte, at) => byte === after[at]);
  printOut(`${to}: ${isSame ? "in the present form already" : "upgraded"}\n`);
}
