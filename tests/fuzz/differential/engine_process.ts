import { join } from "node:path";
import { root } from "../../../tools/root.ts";
import type { Answer } from "../../conformance/answer.ts";
import { type PackedReply, unpackAnswer } from "./packed_reply.ts";
import type { NetQuestion } from "./question.ts";
import { TextLineStream } from "./text_line_stream.ts";

/** What came of a question: an answer, an error, or the end of the process with its last words. */
export type Reply =
  | { kind: "answer"; answer: Answer }
  | { kind: "refused"; message: string }
  | { kind: "ended"; lastWords: string };

/** A question may take so long. */
const LIMIT_MS = 60_000;

/** An engine in a process of its own, which is started anew when it ended: libcaffe ends it where a check of its fails. */
export class EngineProcess implements AsyncDisposable {
  readonly #engine: string;
  #child: Child | undefined;

  /** Takes the name of an engine; its process starts with the first question. */
  constructor(engine: string) {
    this.#engine = engine;
  }

  /** Asks one question at a time. */
  async ask(question: NetQuestion): Promise<Reply> {
    const child = this.#child ??= new Child(this.#engine);
    const reply = await child.ask(`${JSON.stringify(question)}\n`);
    if (reply === undefined) {
      this.#child = undefined;
      return { kind: "ended", lastWords: await child.end() };
    }
    if ("answer" in reply) return { kind: "answer", answer: unpackAnswer(reply.answer) };
    if (reply.unexpected) {
      return { kind: "ended", lastWords: `An error that is no CremaError: ${reply.refused}` };
    }
    return { kind: "refused", message: reply.refused };
  }

  /** Ends the process. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#child?.end();
  }
}

class Child {
  readonly #process: Deno.ChildProcess;
  readonly #input: WritableStreamDefaultWriter<Uint8Array<ArrayBuffer>>;
  readonly #lines: ReadableStreamDefaultReader<string>;
  readonly #words: Promise<string>;
  #hung = false;

  constructor(engine: string) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: ["run", "-A", join(root, "tests/fuzz/differential/engine_child.ts"), engine],
      cwd: root,
      env: { OMP_NUM_THREADS: "1", OPENBLAS_NUM_THREADS: "1" },
      stdin: "piped",
      stdout: "piped",
      stderr: "piped",
    }).spawn();
    this.#input = this.#process.stdin.getWriter();
    this.#lines = this.#process.stdout.pipeThrough(new TextLineStream()).getReader();
    this.#words = new Response(this.#process.stderr).text();
  }

  /** Sends a line; undefined when the process ended, or took too long and was ended. */
  async ask(line: string): Promise<PackedReply | undefined> {
    const timer = setTimeout(() => {
      this.#hung = true;
      this.#process.kill("SIGKILL");
    }, LIMIT_MS);
    try {
      await this.#input.write(new TextEncoder().encode(line));
      const { value } = await this.#lines.read();
      return value === undefined ? undefined : JSON.parse(value);
    } catch (error) {
      if (error instanceof Deno.errors.BrokenPipe || error instanceof TypeError) return undefined;
      throw error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Ends it. Returns its last words. */
  async end(): Promise<string> {
    await this.#input.close().catch(() => {});
    await this.#lines.cancel().catch(() => {});
    const { code, signal } = await this.#process.status;
    const words = (await this.#words).trim().split("\n").slice(-4).join("\n");
    if (this.#hung) return `no answer in ${LIMIT_MS / 1000} s\n${words}`;
    return `${signal ?? `exit status ${code}`}\n${words}`;
  }
}
