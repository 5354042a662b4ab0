import { encode } from "../proto/codec/binary.ts";
import type { SolverParameter } from "../proto/messages.ts";
import { checkFields } from "./check_fields.ts";
import type { ComputeOptions, Engine } from "./engine.ts";
import type { PlannedLayer } from "./host/plan_layers.ts";
import { LayerBridge } from "./host/layer_bridge.ts";
import { nativeBytes } from "./native_bytes.ts";
import { NetHandle } from "./net_handle.ts";

/** A native solver with its nets: the pieces of a training step, not the loop. Disposing it frees its memory. */
export class SolverHandle implements Disposable {
  /** The engine that it runs on. */
  readonly engine: Engine;
  /** The net that is trained; it ends with the solver. */
  readonly net: NetHandle;
  /** The nets that are tested; they share the train net's parameters. */
  readonly testNets: readonly NetHandle[];
  readonly #bridge: LayerBridge;
  readonly #pointer: Deno.PointerObject;
  readonly #batches: number;
  readonly #value = new Float32Array(1);

  private constructor(engine: Engine, bridge: LayerBridge, pointer: Deno.PointerObject, batches: number) {
    const { symbols } = engine;
    this.#batches = batches;
    const wrap = (net: Deno.PointerValue, index: number) => new NetHandle(engine, bridge, net!, false, index);
    this.engine = engine;
    this.#bridge = bridge;
    this.#pointer = pointer;
    this.net = wrap(symbols.crema_solver_net(pointer), -1);
    this.testNets = Array.from(
      { length: symbols.crema_solver_num_test_nets(pointer) },
      (_, i) => wrap(symbols.crema_solver_test_net(pointer, i), i),
    );
  }

  /**
   * Makes a solver from a SolverParameter that holds its nets (`train_net_param`, `test_net_param`), upgraded
   * and filtered. `layers` are those of the train net, then of each test net, from `planLayers`. Throws a
   * CremaError.
   */
  static create(
    engine: Engine,
    param: SolverParameter,
    layers: PlannedLayer[] = [],
    compute: ComputeOptions = {},
  ): SolverHandle {
    checkFields(engine, "SolverParameter", param, layers);
    const bridge = new LayerBridge(engine, "solver", layers);
    const bytes = nativeBytes(encode("SolverParameter", param, { forFork: engine.readsForks }));
    const { symbols } = engine;
    engine.computeNext(compute);
    const pointer = bridge.make(
      (struct, solver) => symbols.crema_solver_create(bytes, BigInt(bytes.length), struct, solver),
      (solver) => symbols.crema_solver_free(solver),
    );
    return new SolverHandle(engine, bridge, pointer, param.iter_size ?? 1);
  }

  /** The number of updates so far. */
  get iteration(): number {
    return Number(this.engine.symbols.crema_solver_iteration(this.#live()));
  }

  /** The learning rate of this iteration: that of lr_policy, or the one that was set. */
  get learningRate(): number {
    this.engine.check(this.engine.symbols.crema_solver_learning_rate(this.#live(), this.#value));
    return this.#value[0]!;
  }

  /** Sets the rate of this iteration and those that follow; undefined gives it back to lr_policy. */
  setLearningRate(rate: number | undefined): void {
    this.engine.check(this.engine.symbols.crema_solver_set_learning_rate(this.#live(), rate ?? NaN));
  }

  /** Clears the diffs and runs iter_size forward and backward passes. Returns their mean loss. */
  forwardBackward(): number {
    const solver = this.#live();
    const { hooks } = this.net;
    if (hooks.watchForward || hooks.watchBackward) return this.#watchedForwardBackward();
    this.#bridge.run(() => this.engine.symbols.crema_solver_forward_backward(solver, this.#value));
    return this.#value[0]!;
  }

  /** Clips, normalizes, regularizes and applies the diffs; then the iteration goes up by one. */
  applyUpdate(): void {
    const solver = this.#live();
    this.#bridge.run(() => this.engine.symbols.crema_solver_apply_update(solver));
  }

  /** The iteration, history and random generators as the bytes of a SolverState, without `learned_net`. */
  saveState(): Uint8Array {
    const out = new BigUint64Array(1);
    this.engine.check(this.engine.symbols.crema_solver_state(this.#live(), out));
    return this.engine.takeBuffer(Deno.UnsafePointer.create(out[0]!));
  }

  /** Restores a state, without the net's parameters. Throws a CremaError if the state does not fit. */
  restoreState(state: Uint8Array): void {
    const solver = this.#live();
    const bytes = nativeBytes(state);
    this.#bridge.run(() => this.engine.symbols.crema_solver_restore(solver, bytes, BigInt(bytes.length)));
  }

  /** Frees the solver and its nets. Throws a CremaError inside one of its own layers. */
  [Symbol.dispose](): void {
    this.#bridge.lifetime.end();
  }

  /** As the engine does it in one call, but calling the net's hooks. */
  #watchedForwardBackward(): number {
    const { net } = this;
    net.clearDiffs();
    let loss = 0;
    for (let batch = 0; batch < this.#batches; batch++) {
      loss = Math.fround(loss + net.forward());
      net.backward();
    }
    return Math.fround(loss / this.#batches);
  }

  #live(): Deno.PointerObject {
    this.#bridge.lifetime.check();
    return this.#pointer;
  }
}
