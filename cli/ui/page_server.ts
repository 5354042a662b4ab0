import { randomBytes, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { environmentVariable } from "../../base/environment.ts";
import { CremaError } from "../../base/mod.ts";
import { wrongHost } from "../classifier/server/allowed_hosts.ts";

/** Pages at a time. */
const PAGES = 16;
/** Characters of a request's body that are read. */
const BODY = 64;

/** Everything comes from here, and nothing else may be asked for, framed or run. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "frame-ancestors 'none'; form-action 'none'; base-uri 'none'";

/** What is answered to a request. */
export interface PageAnswer {
  /** 200 unless given. */
  status?: number | undefined;
  /** The content's type: text/plain unless given. */
  type?: string | undefined;
  body: string | Uint8Array<ArrayBuffer>;
}

/** What a page shows and does. */
export interface PageSite {
  /** The page's HTML. The token is that of its own requests. */
  page(token: string): string;
  /** Answers GET for another path than that of the page; undefined if there is nothing. */
  get(path: string, query: URLSearchParams): PageAnswer | undefined | Promise<PageAnswer | undefined>;
  /** Answers POST of the page itself, with the first characters of the body; undefined if there is nothing. */
  post(path: string, body: string): PageAnswer | undefined;
  /** Tells all so far, then, at each {@link tell}, what is new, until the function that is returned is called. */
  listen(send: (name: string, data: unknown) => void): () => void;
  /** Tells the pages what is new. */
  tell(): void;
  /** A request has come. */
  asked?(): void;
}

/** How a page is served. */
export interface PageServerOptions {
  /** The port; 0 for any that is free. */
  port: number;
  /** How the user gives another port, for an error. */
  portHint: string;
  /** Milliseconds between two messages to a page. Default: 250. */
  interval?: number | undefined;
  /** Whether the page keeps the process alive. */
  staysAlive?: boolean | undefined;
}

/**
 * Serves a page to browsers on this machine: on 127.0.0.1 only. What changes anything needs the token that the page has
 * from here, and requests of other sites' pages, or by another name (DNS rebinding), are refused.
 */
export class PageServer implements AsyncDisposable {
  readonly #site: PageSite;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #token = randomBytes(24).toString("base64url");
  readonly #ended = new AbortController();
  readonly #timer: ReturnType<typeof setInterval>;
  #pages = 0;

  /** Listens. Throws a CremaError if the port is taken, or the program may not. */
  constructor(site: PageSite, { port, portHint, interval = 250, staysAlive = false }: PageServerOptions) {
    this.#site = site;
    try {
      this.#server = Deno.serve(
        { hostname: "127.0.0.1", port, onListen: () => {} },
        (request) => this.#answer(request),
      );
    } catch (cause) {
      throw cause instanceof Deno.errors.NotCapable
        ? new CremaError("Expected leave to serve the page on 127.0.0.1 but found none", {
          hint: "A compiled crema has it if it was made so: `crema compile -o crema --allow-net`. " +
            "Deno gives it with --allow-net.",
          cause,
        })
        : new CremaError(`Expected to listen on 127.0.0.1:${port} but found: ${(cause as Error).message}`, {
          hint: portHint,
          cause,
        });
    }
    this.#timer = setInterval(() => site.tell(), interval);
    if (staysAlive) return;
    Deno.unrefTimer(this.#timer as unknown as number);
    this.#server.unref();
  }

  /** Where the page is. */
  get url(): string {
    return `http://127.0.0.1:${this.#server.addr.port}/`;
  }

  /** Tells the pages the last news, and stops. */
  async [Symbol.asyncDispose](): Promise<void> {
    clearInterval(this.#timer);
    this.#site.tell();
    this.#ended.abort();
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    this.#site.asked?.();
    const { pathname, searchParams } = new URL(request.url);
    const refused = wrongHost({
      host: request.headers.get("host") ?? undefined,
      origin: request.headers.get("origin") ?? undefined,
      localAddress: "127.0.0.1",
    }, []);
    // A link on another site's page may lead here; its images, scripts and frames may not.
    const site = request.headers.get("sec-fetch-site") ?? "same-origin";
    const isOwn = site === "same-origin" || site === "none";
    if (refused !== undefined || (!isOwn && (pathname !== "/" || request.method === "POST"))) {
      return plain(
        refused?.status ?? 403,
        "Expected a request to this machine, of its own page, but found another\n",
      );
    }
    try {
      if (request.method === "GET" || request.method === "HEAD") {
        if (pathname === "/") return response({ type: "text/html", body: this.#site.page(this.#token) });
        if (pathname === "/events") return this.#events();
        const answer = await this.#site.get(pathname, searchParams);
        return answer === undefined
          ? plain(404, `Expected a path of the page but found ${pathname}\n`)
          : response(answer);
      }
      if (request.method === "POST") return await this.#post(pathname, request);
      return plain(405, "Expected GET, HEAD or POST\n", { allow: "GET, HEAD, POST" });
    } catch (error) {
      const debug = environmentVariable("CREMA_DEBUG") !== undefined;
      return plain(
        error instanceof CremaError ? 400 : 500,
        `${debug ? (error as Error).stack : (error as Error).message}\n`,
      );
    }
  }

  async #post(path: string, request: Request): Promise<Response> {
    // No form of another site can set such a header, and no script of one may.
    const token = Buffer.from(request.headers.get("x-crema-token") ?? ""), own = Buffer.from(this.#token);
    if (token.length !== own.length || !timingSafeEqual(token, own)) {
      return plain(403, "Expected a request of this server's own page: load it again\n");
    }
    const answer = this.#site.post(path, await beginningOf(request));
    return answer === undefined
      ? plain(404, `Expected something that the page can do but found ${path}\n`)
      : response(answer);
  }

  /** Server-sent events: first all so far, then what is new, a few times a second. */
  #events(): Response {
    if (this.#pages >= PAGES) return plain(503, `Expected at most ${PAGES} pages at a time\n`);
    this.#pages++;
    const { signal } = this.#ended;
    const encoder = new TextEncoder();
    let end = () => {};
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        let isOpen = true, stopListening = () => {};
        const close = () => {
          end();
          controller.close();
        };
        end = () => {
          if (!isOpen) return;
          isOpen = false;
          this.#pages--;
          stopListening();
          signal.removeEventListener("abort", close);
        };
        const send = (name: string, data: unknown) => {
          // A page that does not read, in a tab that sleeps, gets the news later, all at once, by loading anew.
          if ((controller.desiredSize ?? 0) < -256) return close();
          controller.enqueue(encoder.encode(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
        };
        signal.addEventListener("abort", close);
        stopListening = this.#site.listen(send);
      },
      cancel: () => end(),
    });
    return new Response(body, { headers: { ...HEADERS, "content-type": "text/event-stream" } });
  }
}

const HEADERS = {
  "cache-control": "no-store",
  "content-security-policy": POLICY,
  "cross-origin-resource-policy": "same-origin",
  "x-content-type-options": "nosniff",
  "referrer-policy": "no-referrer",
};

/** The first characters of a body, which may be as long as it likes. */
async function beginningOf(request: Request): Promise<string> {
  const reader = request.body?.pipeThrough(new TextDecoderStream()).getReader();
  let found = "";
  while (reader !== undefined && found.length < BODY) {
    const { done, value } = await reader.read();
    if (done) return found;
    found += value;
  }
  await reader?.cancel();
  return found.slice(0, BODY);
}

function response({ status = 200, type = "text/plain", body }: PageAnswer): Response {
  const charset = /^image\/(?!svg)/.test(type) ? "" : "; charset=utf-8";
  return new Response(body, { status, headers: { ...HEADERS, "content-type": `${type}${charset}` } });
}

function plain(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { ...HEADERS, ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}
