import { Duplex } from "node:stream";
import { Deadline } from "./deadline.ts";

/**
 * A TCP connection as node:http takes it, with one deadline at a time. Deno's node:net stops accepting for ever when
 * a process has too many open files; a listener of Deno's goes on.
 */
export class Connection extends Duplex {
  readonly #conn: Deno.TcpConn;
  readonly #buffer = new Uint8Array(1 << 16);
  readonly #deadline = new Deadline();
  /**
   * What it does: "idle" between requests, "header" once the next one begins, "request" from its header to its
   * answer.
   */
  phase: "idle" | "header" | "request" = "idle";
  /** Requests whose header has arrived and that are not answered: more than one where the client does not wait. */
  requests = 0;
  /** Is called before bytes are passed on. */
  onBytes: () => void = () => {};

  /** Takes over a connection. */
  constructor(conn: Deno.TcpConn) {
    super({ allowHalfOpen: true });
    this.#conn = conn;
    conn.setNoDelay();
  }

  /** The address that the client has connected to. */
  get localAddress(): string {
    return this.#conn.localAddr.hostname.replace(/^::ffff:(?=\d+\.)/, "");
  }

  /** Calls `late` after some milliseconds, unless another deadline, or none, is set before. */
  setDeadline(milliseconds: number | undefined, late: () => void = () => this.destroy()): void {
    if (milliseconds === undefined) this.#deadline.clear();
    else this.#deadline.set(milliseconds, late);
  }

  /** node:http sets time-outs of its own here. The deadline takes their place. */
  setTimeout(): this {
    return this;
  }

  /** Waits for bytes, and passes them on. */
  override _read(): void {
    this.#conn.read(this.#buffer).then((count) => {
      if (this.destroyed) return;
      if (count !== null) this.onBytes();
      this.push(count === null ? null : this.#buffer.slice(0, count));
    }, (error) => this.destroy(error));
  }

  /** Sends bytes. */
  override _write(bytes: Uint8Array, _encoding: string, done: (error?: Error) => void): void {
    this.#send(bytes).then(() => done(), done);
  }

  /** Says that nothing more will be sent. */
  override _final(done: (error?: Error) => void): void {
    this.#conn.closeWrite().then(() => done(), () => done()); // the client may have gone
  }

  /** Closes the connection. */
  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#deadline[Symbol.dispose]();
    try {
      this.#conn.close();
    } catch (cause) {
      if (!(cause instanceof Deno.errors.BadResource)) throw cause;
    }
    done(error);
  }

  async #send(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length;) at += await this.#conn.write(bytes.subarray(at));
  }
}
