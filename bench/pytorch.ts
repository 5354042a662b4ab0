import { fileURLToPath } from "node:url";

/** Times of passes in PyTorch, in milliseconds. */
export interface PyTorchPasses {
  forward_ms: number[];
  backward_ms: number[];
  update_ms: number[];
  /** The most that the memory of its process has grown by since before the net was made. */
  peak_bytes: number;
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
      await using net = await PyTorchNet.create(python, { layer: [] }, 1);
      return { python, version: net.version };
    } catch {
      // no such command, or no torch: the next one
    }
  }
  return undefined;
}

/** A process of bench/pytorch.py with one net of Caffe's layers. It speaks in lines of JSON. */
export class PyTorchNet implements AsyncDisposable {
  /** As text: torch's version, and the library that it multiplies matrices with. */
  readonly version: string;
  readonly #process: Deno.ChildProcess;
  readonly #writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: AsyncIterator<string>;

  private constructor(
    process: Deno.ChildProcess,
    writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
    lines: AsyncIterator<string>,
    version: string,
  ) {
    this.#process = process;
    this.#writer = writer;
    this.#lines = lines;
    this.version = version;
  }

  /**
   * Builds the net in a new process of `python`; `script` may be another one that speaks as pytorch.py does. Throws an
   * Error that says why when PyTorch can't build it.
   */
  static async create(
    python: string,
    net: { layer?: readonly unknown[] },
    threads: number,
    script = "pytorch.py",
  ): Promise<PyTorchNet> {
    const process = new Deno.Command(python, {
      args: [fileURLToPath(new URL(script, import.meta.url))],
      stdin: "piped",
      stdout: "piped",
      stderr: "null", // without torch it prints a traceback
    }).spawn();
    const writer = process.stdin.getWriter();
    const lines = linesOf(process.stdout);
    try {
      const answer = await ask<{ version: string; blas: string }>(writer, lines, { net: net.layer, threads });
      return new PyTorchNet(process, writer, lines, `torch ${answer.version}, BLAS ${answer.blas}`);
    } catch (error) {
      await end(process, writer);
      throw error;
    }
  }

  /** Runs passes: forward, backward, and an update by SGD with momentum and weight decay. */
  async run(passes: number): Promise<PyTorchPasses> {
    return await ask<PyTorchPasses>(this.#writer, this.#lines, { passes });
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await end(this.#process, this.#writer);
  }
}

async function ask<Answer>(
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
  lines: AsyncIterator<string>,
  command: unknown,
): Promise<Answer> {
  await writer.write(new TextEncoder().encode(`${JSON.stringify(command)}\n`));
  const { value, done } = await lines.next();
  if (done) throw new Error("Expected an answer of PyTorch but its process ended");
  const answer = JSON.parse(value);
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer;
}

async function end(
  process: Deno.ChildProcess,
  writer: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>,
): Promise<void> {
  await writer.close().catch(() => {}); // it may have ended already
  await process.status;
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>): AsyncGenerator<string> {
  let rest = "";
  for await (const chunk of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + chunk).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}
