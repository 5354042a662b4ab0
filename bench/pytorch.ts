import { fileURLToPath } from "node:url";

/** Times of passes in PyTorch, in milliseconds. */
export interface PyTorchPasses {
  forward_ms: number[];
  backward_ms: number[];
  update_ms: number[];
  /** The most that the memory of its process has grown by since before the net was made. */
  peak_bytes: number;
}

/** What one pass in PyTorch made: for tests. */
export interface PyTorchShapes {
  /** The shape of each blob. */
  shapes: Record<string, number[]>;
  /** How many learnable parameters it has. */
  parameters: number;
  /** The weighted sum of its losses. */
  loss: number;
}

/** How to compute a {@link PyTorchNet}. */
export interface PyTorchOptions {
  threads: number;
  /** Whether images and filters have their channels last in memory, which suits some nets better. */
  channelsLast?: boolean | undefined;
  /** Whether it computes as in phase TEST, with the statistics of BatchNorm fixed, and never backward. */
  evaluate?: boolean | undefined;
}

const PYTHONS = ["/usr/bin/python3", "python3"];

/** A Python with torch. */
export interface PyTorch {
  /** The command. */
  python: string;
  /** As text: torch's version, and the library that it multiplies matrices with. */
  version: string;
}

/** The PyTorch of $CREMA_PYTHON, Debian's python3-torch, or the first python3 on PATH; undefined where there is none. */
export async function findPyTorch(): Promise<PyTorch | undefined> {
  for (const python of [Deno.env.get("CREMA_PYTHON"), ...PYTHONS]) {
    if (python === undefined) continue;
    try {
      await using net = await PyTorchNet.create(python, [], { threads: 1 });
      return { python, version: net.version };
    } catch {
      // no such command, or no torch: the next one
    }
  }
  return undefined;
}

/** A process of bench/pytorch.py with a net of Caffe's layers. It speaks in lines of JSON. */
export class PyTorchNet implements AsyncDisposable {
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncIterator<string>;
  #made: Made = { version: "", blas: "" };

  private constructor(process: Deno.ChildProcess) {
    this.#process = process;
    this.#writer = process.stdin.getWriter();
    this.#lines = linesOf(process.stdout);
  }

  /**
   * Builds a net of layers, as `torchLayers` gives them, in a new process of `python`. Throws an Error that says why
   * when PyTorch can't build it.
   */
  static async create(
    python: string,
    layers: readonly unknown[],
    { script = "pytorch.py", ...options }: PyTorchOptions & { script?: string },
  ): Promise<PyTorchNet> {
    const net = new PyTorchNet(
      new Deno.Command(python, {
        args: ["-B", fileURLToPath(new URL(script, import.meta.url))], // -B: no __pycache__ beside the sources
        stdin: "piped",
        stdout: "piped",
        stderr: "null", // without torch it prints a traceback
      }).spawn(),
    );
    try {
      await net.rebuild(layers, options);
      return net;
    } catch (error) {
      await net[Symbol.asyncDispose]();
      throw error;
    }
  }

  /** As text: torch's version, and the library that it multiplies matrices with. */
  get version(): string {
    return `torch ${this.#made.version}, BLAS ${this.#made.blas}`;
  }

  /** How many convolutions the net has. */
  get convolutions(): number {
    return this.#made.convolutions ?? 0;
  }

  /** Builds another net in the same process. Throws as {@link PyTorchNet.create} does. */
  async rebuild(
    layers: readonly unknown[],
    { threads, channelsLast = false, evaluate = false }: PyTorchOptions,
  ): Promise<void> {
    this.#made = await this.#ask<Made>({ net: layers, threads, channels_last: channelsLast, evaluate });
  }

  /**
   * Runs passes: forward, backward, and an update by SGD with momentum and weight decay; of a net that evaluates, only
   * forward.
   */
  async run(passes: number): Promise<PyTorchPasses> {
    return await this.#ask<PyTorchPasses>({ passes });
  }

  /** Runs passes of a net that evaluates, and returns the milliseconds that each type of layer takes in each pass. */
  async layerTypes(passes: number): Promise<Record<string, number[]>> {
    return (await this.#ask<{ types: Record<string, number[]> }>({ layers: passes })).types;
  }

  /** Runs one pass and tells what it made. */
  async shapes(): Promise<PyTorchShapes> {
    return await this.#ask<PyTorchShapes>({ shapes: 1 });
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#writer.close().catch(() => {}); // it may have ended already
    await this.#process.status;
  }

  async #ask<Answer>(command: unknown): Promise<Answer> {
    await this.#writer.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
    const { value, done } = await this.#lines.next();
    if (done) throw new Error("Expected an answer of PyTorch but its process ended");
    const answer = JSON.parse(value);
    if (answer.error !== undefined) throw new Error(answer.error);
    return answer;
  }
}

/** What pytorch.py answers when it has made a net. */
interface Made {
  version: string;
  blas: string;
  convolutions?: number;
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
