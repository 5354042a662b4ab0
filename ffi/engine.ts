import { existsSync } from "node:fs";
import { resolve } from "node:path";
import { environmentVariable } from "../base/environment.ts";
import { nearest } from "../base/distance.ts";
import { CremaError, type CremaErrorOptions } from "../base/error.ts";
import { nativeFile } from "./native_file.ts";
import { checkOmpThreads, MAX_THREADS } from "./thread_limit.ts";
import { waitBriefly } from "./thread_waiting.ts";
import { Ops } from "./ops/ops.ts";
import { ABI_VERSION, engineInterface, type EngineSymbols } from "./symbols.ts";

/** What a function of crema.h returns (`crema_status`). */
export const Status = {
  /** It worked. */
  OK: 0,
  /** The input is wrong. */
  INVALID: 1,
  /** A host callback failed; the host knows why. */
  HOST_FAILED: 2,
  /** The engine itself failed. */
  INTERNAL: 3,
} as const;

/** Engines that come with Crema: where each is built, and the task that builds it. */
const KNOWN_ENGINES: Record<string, { path: string; task: string }> = {
  embedded: { path: "build/engine/libcrema_engine.so", task: "deno task setup" },
  libcaffe: { path: "build/libcaffe/libcrema_libcaffe.so", task: "deno task libcaffe" },
};

const opened = new Map<string, Engine>();

/** The values of each option, in the order of crema.h. */
const COMPUTE_VALUES = {
  fuse: [false, true],
  winograd: ["never", "auto", "always"],
  tune: ["off", "fast", "full"],
  recycle: [false, true],
  recompute: [false, true],
} as const;

/** How an engine computes nets where nobody has said anything. */
const COMPUTE_AT_FIRST: Required<ComputeOptions> = {
  fuse: true,
  winograd: "auto",
  tune: "off",
  recycle: false,
  recompute: false,
};

/** The number of an option's value in crema.h. Throws a CremaError for what is no option, or no value of it. */
function optionIndex(name: string, value: unknown): number {
  const values: readonly unknown[] | undefined = Object.hasOwn(COMPUTE_VALUES, name)
    ? COMPUTE_VALUES[name as keyof ComputeOptions]
    : undefined;
  if (values === undefined) {
    throw new CremaError(
      `Expected an option of how nets are computed (${
        Object.keys(COMPUTE_VALUES).join(", ")
      }) but found '${name}'`,
    );
  }
  const index = values.indexOf(value);
  if (index < 0) {
    throw new CremaError(`Expected ${name} to be ${values.join(", ")} but found ${JSON.stringify(value)}`);
  }
  return index;
}

/** Throws a CremaError unless the options are ones of how nets are computed. */
function checkCompute(options: ComputeOptions): void {
  if (typeof options !== "object" || options === null || Array.isArray(options)) {
    throw new CremaError(
      `Expected an object with options of how nets are computed but found ${JSON.stringify(options)}`,
    );
  }
  if (options.recompute === true && options.recycle === false) {
    throw new CremaError("Expected recompute together with recycle but found recycle: false");
  }
  for (const [name, value] of Object.entries(options)) if (value !== undefined) optionIndex(name, value);
}

/** How an engine computes nets, where it has a choice. */
export interface ComputeOptions {
  /** Whether layers are computed together where that is faster. At first: true. */
  fuse?: boolean | undefined;
  /**
   * Whether convolutions are computed by Winograd's algorithm: "never", "auto" (where that is faster: at first), or
   * "always", wherever it is possible.
   */
  winograd?: "never" | "auto" | "always" | undefined;
  /**
   * Whether the way in which a convolution is computed is chosen by trying all that there are, for a short time ("fast")
   * or a longer one ("full"), with `winograd: "auto"`. At first "off": it is chosen by rule. Nets and solvers keep what
   * was found in a file for the processor ({@link tuningFile}), and a solver also in its snapshots, so that the next run
   * gives the same bits. libcaffe has one way only.
   */
  tune?: "off" | "fast" | "full" | undefined;
  /**
   * Whether passes over a whole net give the memory of blobs back as soon as no layer needs their values. At first:
   * false. It takes far less memory, and what a user can see changes: of the blobs between the layers only those keep
   * their values that are inputs, outputs, a script layer's, or whose `data` or `diff` was asked for before the pass; to
   * ask for others after it throws a CremaError, and keeps them from the next pass on. Forward has to come before each backward, and a net for testing runs
   * forward only, unless it has `force_backward`. libcaffe keeps everything.
   */
  recycle?: boolean | undefined;
  /**
   * Whether, with `recycle`, backward computes again what is cheap to compute, instead of keeping it: what a fused
   * BatchNorm gives. It takes less memory, and the bits stay the same. At first: false.
   */
  recompute?: boolean | undefined;
}

/**
 * A loaded engine: the library that computes. Each library is loaded once per process and is never unloaded,
 * for its thread pool would not survive that.
 */
export class Engine {
  /** The library's file. */
  readonly path: string;
  /** "embedded" or "libcaffe". */
  readonly name: string;
  /** Versions of the engine and its libraries, and the instruction set in use, as text for people. */
  readonly version: string;
  /** The layer types that the engine has itself, sorted. */
  readonly layerTypes: readonly string[];
  /** The functions of crema.h. For Crema's own use: they do not check their arguments. */
  readonly symbols: EngineSymbols;
  /** The engine's vector math. */
  readonly ops: Ops;

  readonly #knows = new Map<string, boolean>();
  readonly #compute = { ...COMPUTE_AT_FIRST };

  /** The engines that this process has loaded, the first first. */
  static get loaded(): readonly Engine[] {
    return [...opened.values()];
  }

  private constructor(path: string, symbols: EngineSymbols) {
    this.path = path;
    this.symbols = symbols;
    this.ops = new Ops(() => symbols, (status) => this.check(status));
    this.name = this.text(symbols.crema_engine_name());
    this.version = this.text(symbols.crema_engine_version());
    this.layerTypes = this.text(symbols.crema_layer_types()).split("\n").filter((type) => type !== "");
  }

  /**
   * Loads an engine: "embedded" (the default), "libcaffe", or the path of a library that exports crema.h.
   * Without an argument the environment variable CREMA_ENGINE decides. Throws a CremaError when the library
   * is missing or was built for another version of crema.h.
   */
  static open(engine: string = environmentVariable("CREMA_ENGINE") ?? "embedded"): Engine {
    const known = Object.hasOwn(KNOWN_ENGINES, engine) ? KNOWN_ENGINES[engine] : undefined;
    if (known === undefined && !/[/\\.]/.test(engine)) {
      const names = Object.keys(KNOWN_ENGINES), near = nearest(engine, names);
      throw new CremaError(
        `Expected an engine (${names.join(", ")} or the path of a library) but found '${engine}'`,
        { hint: near === undefined ? undefined : `Did you mean '${near}'?` },
      );
    }
    const path = known === undefined ? resolve(engine) : nativeFile(known.path);
    const before = opened.get(path);
    if (before !== undefined) return before;

    if (!existsSync(path)) {
      throw new CremaError(`Expected the engine '${engine}' at ${path} but found no such file`, {
        hint: known === undefined ? "Give the path of a library that was built." : `Run \`${known.task}\`.`,
      });
    }
    checkOmpThreads();
    waitBriefly();
    const loaded = new Engine(path, load(path, known?.task ?? "deno task setup"));
    opened.set(path, loaded);
    return loaded;
  }

  /**
   * How many threads calls from this thread compute with. Setting it throws a CremaError unless it is from 1
   * to {@link MAX_THREADS}.
   */
  get threads(): number {
    return this.symbols.crema_threads();
  }

  set threads(count: number) {
    if (!Number.isInteger(count) || count < 1 || count > MAX_THREADS) {
      throw new CremaError(`Expected a number of threads from 1 to ${MAX_THREADS} but found ${count}`);
    }
    this.check(this.symbols.crema_set_threads(count));
  }

  /**
   * Sets how nets are computed that are made from now on, where their own options do not say. Throws a CremaError for
   * what is no such option, and for what the engine can't do.
   */
  compute(options: ComputeOptions): void {
    this.computeNext(options);
    for (const [name, value] of Object.entries(options)) {
      if (value !== undefined) Object.assign(this.#compute, { [name]: value });
    }
  }

  /**
   * Has the net that is made next computed as the options say, and as {@link compute} said where they do not. For the
   * handles of nets and solvers: what the library was told before, perhaps by a worker whose thread this one now has, does
   * not count. Throws a CremaError as {@link compute} does.
   */
  computeNext(options: ComputeOptions = {}): void {
    checkCompute(options);
    for (const [name, value] of Object.entries(this.computing(options))) {
      this.#setOption(name, optionIndex(name, value));
    }
  }

  /** How a net of these options is computed. */
  computing(options: ComputeOptions = {}): Required<ComputeOptions> {
    const given = Object.entries(options).filter(([, value]) => value !== undefined);
    return { ...this.#compute, ...Object.fromEntries(given) };
  }

  /** What tuning has found since the process began, as a line of text for each choice, in the order of the alphabet. */
  get tuning(): string {
    const out = new BigUint64Array(1);
    this.check(this.symbols.crema_tuning(out));
    return new TextDecoder().decode(this.takeBuffer(Deno.UnsafePointer.create(out[0]!)));
  }

  /**
   * Takes choices from the text of {@link tuning}, of another process perhaps; those that are there already stay. Throws
   * a CremaError for what is no such text.
   */
  addTuning(text: string): void {
    const bytes = new TextEncoder().encode(text);
    this.check(this.symbols.crema_add_tuning(bytes, BigInt(bytes.length)));
  }

  #setOption(name: string, value: number): void {
    this.check(this.symbols.crema_set_option(new TextEncoder().encode(`${name}\0`), value));
  }

  /**
   * Whether its own schema has the field of a number in a message ("PoolingParameter"), and, where that is an
   * enum, its value. It skips others.
   */
  knowsField(message: string, field: number, value: number): boolean {
    const key = `${message} ${field} ${value}`;
    let knows = this.#knows.get(key);
    if (knows === undefined) {
      const name = new TextEncoder().encode(`${message}\0`);
      knows = this.symbols.crema_knows_field(name, field, value) !== 0;
      this.#knows.set(key, knows);
    }
    return knows;
  }

  /** Whether it may know the fields of CREMA_PROTO: real Caffe does, if it is the fork that they come from. */
  get readsForks(): boolean {
    return this.name === "libcaffe";
  }

  /** The string at a `const char*`; "" for null. */
  text(pointer: Deno.PointerValue): string {
    return pointer === null ? "" : Deno.UnsafePointerView.getCString(pointer);
  }

  /** Throws the error of the last call unless the status is OK. */
  check(status: number): void {
    if (status !== Status.OK) throw this.failure(status);
  }

  /** The error of the last call that failed on this thread; `options` is what the caller knows about it. */
  failure(status: number, options: CremaErrorOptions = {}): CremaError {
    const message = this.text(this.symbols.crema_last_error());
    const prefix = status === Status.INTERNAL ? `The engine '${this.name}' failed: ` : "";
    return new CremaError(prefix + (message || "Expected success but found an unexplained failure"), options);
  }

  /** Name of the layer in which the last call on this thread failed; undefined when it was in none. */
  failedLayer(): string | undefined {
    return this.text(this.symbols.crema_last_error_layer()) || undefined;
  }

  /** Copies a `crema_buffer`'s bytes and frees it. */
  takeBuffer(buffer: Deno.PointerValue, before: Uint8Array = new Uint8Array()): Uint8Array {
    try {
      const size = Number(this.symbols.crema_buffer_size(buffer));
      const bytes = new Uint8Array(before.length + size);
      bytes.set(before);
      const data = this.symbols.crema_buffer_data(buffer);
      if (size > 0 && data !== null) new Deno.UnsafePointerView(data).copyInto(bytes.subarray(before.length));
      return bytes;
    } finally {
      this.symbols.crema_buffer_free(buffer);
    }
  }
}

function load(path: string, task: string): EngineSymbols {
  const rebuild = `Rebuild the engine (\`${task}\`).`;
  let symbols: EngineSymbols;
  try {
    symbols = Deno.dlopen(path, engineInterface()).symbols;
  } catch (cause) {
    if (cause instanceof Deno.errors.NotCapable) {
      throw new CremaError(`Expected the permission to load ${path} but found none`, {
        hint: "Run Deno with --allow-ffi, or -A.",
        cause,
      });
    }
    throw new CremaError(`Expected ${path} to be an engine but found: ${(cause as Error).message}`, {
      hint: rebuild,
      cause,
    });
  }
  const version = symbols.crema_abi_version();
  if (version !== ABI_VERSION) {
    throw new CremaError(
      `Expected an engine of contract version ${ABI_VERSION} but found version ${version} in ${path}`,
      {
        hint: rebuild,
      },
    );
  }
  return symbols;
}
