import { CremaError } from "../../base/error.ts";
import { assignNets, parseAssignments } from "./assignments.ts";
import { filterNet } from "./filter.ts";
import { locationOf } from "../text/location.ts";
import type { NetParameter, NetState, SolverParameter } from "../messages.ts";
import { readNet } from "./read_net.ts";

/** The nets of a solver, each filtered for its state. */
export interface SolverNets {
  /** The net that is trained. */
  train: NetParameter;
  /** The nets that are tested, in the order of `test_iter`. */
  tests: NetParameter[];
  /** The origin of `train` as Caffe logs it: "net file: lenet.prototxt", "train_net_param" and so on. */
  trainSource: string;
  /** The same for `tests`. */
  testSources: string[];
}

/** How to find the nets of a solver. */
export interface SolverNetsOptions {
  /**
   * Reads a net file that the solver names. By default {@linkcode readNet}: relative to the working
   * directory.
   */
  readNet?: ((path: string) => Promise<NetParameter>) | undefined;
  /** Fields of the nets (`net:conv1.num_output=32`) to set as if they stood there. Those of the solver do nothing. */
  set?: readonly string[] | undefined;
}

interface Source {
  name: string;
  load: () => Promise<NetParameter>;
}

/**
 * The train net and the test nets that a solver asks for with its fields net, net_param, train_net,
 * train_net_param, test_net, test_net_param, test_iter, train_state and test_state. Test nets are in Caffe's
 * order: those of test_net_param, then those of test_net, then the common net once for each test_iter that is
 * left. Throws a CremaError that names the solver's line when the fields do not fit together, and what
 * reading a net throws.
 */
export async function solverNets(
  solver: SolverParameter,
  options: SolverNetsOptions = {},
): Promise<SolverNets> {
  const read = options.readNet ?? ((path: string) => readNet(path));
  const file = (label: string, path: string): Source => ({
    name: `${label} file: ${path}`,
    load: () => read(path),
  });
  const inPlace = (label: string, net: NetParameter): Source => ({
    name: label,
    load: () => Promise.resolve(net),
  });

  const common = commonSource(solver, file, inPlace);
  const train = trainSource(solver, common, file, inPlace);
  const tests = testSources(solver, common, file, inPlace);
  checkTests(solver, tests, common);

  // Each file is read once, however many nets come from it.
  const used = [...new Set([train, ...tests])];
  const nets: NetParameter[] = [];
  for (const source of used) nets.push(await source.load());
  const assigned = assignNets(nets, parseAssignments(options.set ?? [], "solver"));
  const loaded = new Map(used.map((source, i) => [source, assigned[i]!]));
  const trainNet = loaded.get(train)!;
  const testNets = [];
  for (const [i, source] of tests.entries()) {
    const net = loaded.get(source)!;
    const state = mergeStates({ phase: "TEST" }, net.state, solver.test_state?.[i]);
    testNets.push(filterNet(net, state));
  }
  return {
    train: filterNet(trainNet, mergeStates({ phase: "TRAIN" }, trainNet.state, solver.train_state)),
    tests: testNets,
    trainSource: train.name,
    testSources: tests.map((source) => source.name),
  };
}

type FileSource = (label: string, path: string) => Source;
type InPlaceSource = (label: string, net: NetParameter) => Source;

function fail(
  solver: SolverParameter,
  field: keyof SolverParameter,
  reason: string,
  hint?: string,
): CremaError {
  return new CremaError(reason, { ...(locationOf(solver, field) ?? locationOf(solver)), hint });
}

const TRAIN_FIELDS = ["net", "net_param", "train_net", "train_net_param"] as const;

function commonSource(solver: SolverParameter, file: FileSource, inPlace: InPlaceSource): Source | undefined {
  if (solver.net_param !== undefined) return inPlace("net_param", solver.net_param);
  return solver.net === undefined ? undefined : file("net", solver.net);
}

function trainSource(
  solver: SolverParameter,
  common: Source | undefined,
  file: FileSource,
  inPlace: InPlaceSource,
): Source {
  const given = TRAIN_FIELDS.filter((field) => solver[field] !== undefined);
  if (given.length !== 1) {
    const found = given.length === 0 ? "none" : given.join(" and ");
    const reason = `Expected one of ${TRAIN_FIELDS.join(", ")} but found ${found}`;
    throw fail(solver, given[1] ?? "net", reason, "A solver trains one net.");
  }
  if (common !== undefined) return common;
  return solver.train_net_param === undefined
    ? file("train_net", solver.train_net!)
    : inPlace("train_net_param", solver.train_net_param);
}

function testSources(
  solver: SolverParameter,
  common: Source | undefined,
  file: FileSource,
  inPlace: InPlaceSource,
): Source[] {
  const own = [
    ...(solver.test_net_param ?? []).map((net) => inPlace("test_net_param", net)),
    ...(solver.test_net ?? []).map((path) => file("test_net", path)),
  ];
  const iterations = solver.test_iter?.length ?? 0;
  if (common === undefined ? iterations !== own.length : iterations < own.length) {
    throw fail(
      solver,
      "test_iter",
      `Expected a test_iter for each of ${own.length} test nets but found ${iterations}`,
    );
  }
  const rest = common === undefined ? [] : Array.from({ length: iterations - own.length }, () => common);
  return [...own, ...rest];
}

function checkTests(solver: SolverParameter, tests: readonly Source[], common: Source | undefined): void {
  const states = solver.test_state?.length ?? 0;
  if (states > 0 && states !== tests.length) {
    throw fail(
      solver,
      "test_state",
      `Expected no test_state or one for each of ${tests.length} test nets but found ${states}`,
    );
  }
  const interval = solver.test_interval ?? 0;
  if (tests.length > 0 && interval <= 0 && solver.test_interval_epochs === undefined) {
    throw fail(
      solver,
      solver.test_interval === undefined ? "test_iter" : "test_interval",
      `Expected test_interval to be above 0 for ${tests.length} test nets but found ${interval}`,
      common === undefined ? undefined : "Without test_iter nothing is tested.",
    );
  }
}

/** Later states win, but stages are appended, as protobuf merges messages. */
function mergeStates(...states: (NetState | undefined)[]): NetState {
  const merged: NetState = {};
  for (const state of states) {
    if (state === undefined) continue;
    const stage = [...(merged.stage ?? []), ...(state.stage ?? [])];
    Object.assign(merged, state);
    if (stage.length > 0) merged.stage = stage;
  }
  return merged;
}
