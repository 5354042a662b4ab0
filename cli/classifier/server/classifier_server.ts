import { Buffer } from "node:buffer";
import {
  createServer,
  type IncomingMessage,
  type Server,
  type ServerResponse,
  STATUS_CODES,
} from "node:http";
import type { Classify } from "../top_scores.ts";
import { wrongHost } from "./allowed_hosts.ts";
import { type Answer, answer, AnswerError, busy, failure, failureOf } from "./answer.ts";
import { BodyReader, ClientGone } from "./body_reader.ts";
import { Connection } from "./connection.ts";
import { SERVER_LIMITS, type ServerLimits } from "./server_limits.ts";

/** Where a server listens, and whom it answers. */
export interface ClassifierServerOptions {
  hostname: string;
  /** 0 for any free port. */
  port: number;
  /** Names that requests may call it by, besides loopback names and its address. "*" allows all. */
  allowHosts?: readonly string[] | undefined;
  /** What it bears. Default: {@link SERVER_LIMITS}. */
  limits?: Partial<ServerLimits> | undefined;
}

/** How long to wait before another connection is accepted, after there was no room for one, in milliseconds. */
const ACCEPT_PAUSE = 50;
/** How long requests that were sent before a signal may take to be seen, in milliseconds. */
const SIGNAL_GRACE = 50;
/** How long a client that was refused may go on sending before it is cut off, and perhaps misses why. */
const LINGER = 1000;

/**
 * Answers HTTP requests for classification, within limits: no client, however slow, large or numerous, keeps it from
 * the others. node:http parses; connections and their deadlines are this server's own.
 */
export class ClassifierServer implements AsyncDisposable {
  readonly #classify: Classify;
  readonly #limits: ServerLimits;
  readonly #allowHosts: readonly string[];
  readonly #listener: Deno.TcpListener;
  readonly #http: Server;
  /** The one that has been without a request for longest comes first. */
  readonly #connections = new Set<Connection>();
  readonly #accepting: Promise<void>;
  readonly #bodies: BodyReader;
  /** Requests whose body has arrived. */
  #requests = 0;
  #isDraining = false;
  #onAllClosed: () => void = () => {};

  /** Listens. Throws what `Deno.listen` throws. */
  constructor(classify: Classify, { hostname, port, allowHosts = [], limits = {} }: ClassifierServerOptions) {
    this.#classify = classify;
    this.#limits = { ...SERVER_LIMITS, ...limits };
    this.#allowHosts = allowHosts;
    this.#bodies = new BodyReader(this.#limits);
    this.#listener = Deno.listen({ hostname, port });
    this.#http = createServer(
      { requireHostHeader: false, keepAliveTimeout: 0, requestTimeout: 0, headersTimeout: 0 },
      (request, response) => void this.#respond(request, response),
    );
    this.#http.on("checkContinue", (request, response) => void this.#respond(request, response));
    // A client that says it won't send more waits for its answer all the same.
    Object.assign(this.#http, { httpAllowHalfOpen: true });
    // Unless its server listens, node:http closes each connection after an answer.
    Object.defineProperty(this.#http, "listening", { value: true });
    this.#http.on("clientError", (error: Error & { code?: string }, socket: unknown) => {
      if (!(socket instanceof Connection)) return;
      const [status, found] = error.code === "HPE_HEADER_OVERFLOW"
        ? [431, "a header that is too large"] as const
        : [400, "something else"] as const;
      refuse(socket, failure(status, `Expected a request of HTTP/1.1 but found ${found}`));
    });
    this.#accepting = this.#accept();
  }

  /** The address that it listens on. */
  get address(): { hostname: string; port: number } {
    const { hostname, port } = this.#listener.addr;
    return { hostname, port };
  }

  /** Number of connections that are open. */
  get connections(): number {
    return this.#connections.size;
  }

  /**
   * Accepts no more connections, answers what has arrived and what is arriving, for as long as the limits allow, and
   * closes all connections.
   */
  async drain(): Promise<void> {
    // More than one turn of the event loop: to accept, and to read.
    for (let turn = 0; turn < 5; turn++) {
      await new Promise((resolve) => setTimeout(resolve, SIGNAL_GRACE / 5));
    }
    this.#stopAccepting();
    await this.#accepting;
    for (const connection of this.#connections) {
      if (connection.phase === "idle") connection.destroy();
    }
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#onAllClosed = resolve;
    const timer = setTimeout(resolve, this.#limits.drainTime);
    if (this.#connections.size > 0) await promise;
    clearTimeout(timer);
    this.#closeAll();
  }

  /** Closes it at once. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#stopAccepting();
    await this.#accepting;
    this.#closeAll();
  }

  #stopAccepting(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    this.#listener.close();
  }

  #closeAll(): void {
    for (const connection of this.#connections) connection.destroy();
  }

  async #accept(): Promise<void> {
    while (!this.#isDraining) {
      try {
        this.#take(new Connection(await this.#listener.accept()));
      } catch {
        // The listener was closed; or too many files are open; or the client has gone already.
        if (this.#isDraining) return;
        const pause = this.#closeIdlest() ? 0 : ACCEPT_PAUSE;
        await new Promise((resolve) => setTimeout(resolve, pause));
      }
    }
  }

  #take(connection: Connection): void {
    if (this.#connections.size >= this.#limits.connections && !this.#closeIdlest()) {
      connection.destroy();
      return;
    }
    connection.on("error", () => {}); // "close" follows
    connection.on("close", () => {
      this.#connections.delete(connection);
      if (this.#connections.size === 0) this.#onAllClosed();
    });
    this.#expectRequest(connection, Math.max(this.#limits.headerTime, this.#limits.idleTime));
    this.#http.emit("connection", connection);
  }

  /** Closes the connection that has been without a whole header for longest. Returns false when all have one. */
  #closeIdlest(): boolean {
    const found = this.#connections.values().find(({ phase }) => phase === "idle") ??
      this.#connections.values().find(({ phase }) => phase === "header");
    if (found === undefined) return false;
    this.#connections.delete(found);
    found.destroy();
    return true;
  }

  /** Waits some milliseconds for a request to begin, then for its header. */
  #expectRequest(connection: Connection, time: number): void {
    this.#connections.delete(connection);
    this.#connections.add(connection);
    connection.phase = "idle";
    connection.setDeadline(time);
    connection.onBytes = () => {
      connection.onBytes = () => {};
      connection.phase = "header";
      connection.setDeadline(this.#limits.headerTime, () => {
        refuse(connection, failure(408, "Expected the whole header of a request in time but found a part"));
      });
    };
  }

  /** Answers a request whose header has arrived. */
  async #respond(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const connection: unknown = request.socket;
    if (!(connection instanceof Connection)) return;
    connection.phase = "request";
    connection.requests++;
    connection.setDeadline(undefined);
    response.on("close", () => this.#finish(request, connection));
    let found: Answer;
    try {
      found = await this.#answer(request, response, connection);
    } catch (error) {
      if (error instanceof ClientGone) return;
      found = error instanceof AnswerError ? error.answer : failureOf(error);
    }
    if (connection.destroyed) return;
    // What is left of a body that is not wanted would have to be read before the next request.
    if (!request.complete || this.#isDraining) response.shouldKeepAlive = false;
    connection.setDeadline(this.#limits.answerTime);
    response.writeHead(found.status, { ...found.headers, "content-length": Buffer.byteLength(found.body) });
    response.end(found.body);
  }

  async #answer(
    request: IncomingMessage,
    response: ServerResponse,
    connection: Connection,
  ): Promise<Answer> {
    const { host, origin, expect } = request.headers, { localAddress } = connection;
    if (host === undefined && request.httpVersion !== "1.0") {
      return failure(400, "Expected a header Host but found none");
    }
    const wrong = wrongHost({ host, origin, localAddress }, this.#allowHosts);
    if (wrong !== undefined) return wrong;
    const { method = "GET", url = "/" } = request;
    using stack = new DisposableStack();
    const body = async () => {
      this.#checkRoom();
      if (expect !== undefined) response.writeContinue();
      const held = await this.#bodies.read(request, connection);
      stack.use(held);
      this.#checkRoom();
      this.#requests++;
      stack.defer(() => this.#requests--);
      return held.bytes;
    };
    return await answer({ method, url, body }, this.#classify);
  }

  #checkRoom(): void {
    const { requests } = this.#limits;
    if (this.#requests >= requests) throw new AnswerError(busy(`${this.#requests} that wait`));
  }

  /** A response was sent, or its connection has gone. */
  #finish(request: IncomingMessage, connection: Connection): void {
    connection.requests--;
    if (connection.destroyed || connection.requests > 0) return;
    if (!connection.writableEnded && !this.#isDraining) {
      this.#expectRequest(connection, this.#limits.idleTime);
    } else if (request.complete) connection.destroy();
    else connection.setDeadline(LINGER);
  }
}

/** Answers a connection that has no request yet, and closes it. */
function refuse(connection: Connection, { status, headers, body }: Answer): void {
  if (!connection.writable || connection.requests > 0) {
    connection.destroy();
    return;
  }
  const lines = [
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}`,
    ...Object.entries({
      ...headers,
      "content-length": Buffer.byteLength(body),
      connection: "close",
    })
      .map(([name, value]) => `${name}: ${value}`),
  ];
  connection.setDeadline(LINGER);
  connection.end(`${lines.join("\r\n")}\r\n\r\n${body}`, () => connection.destroy());
}
