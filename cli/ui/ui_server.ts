import { randomBytes, timingSafeEqual } from "node:crypto";
import { Buffer } from "node:buffer";
import { environmentVariable } from "../../base/environment.ts";
import { CremaError } from "../../base/mod.ts";
import { wrongHost } from "../classifier/server/allowed_hosts.ts";
import type { LiveTraining } from "./live_training.ts";
import { pageScript } from "./page/page_script.ts";
import { pageStyle } from "./page/page_style.ts";
import { pageText } from "./page/page_text.ts";
import { plotLibrary } from "./page/plot_library.ts";
import type { TrainingChanges } from "./training_monitor.ts";

/** Milliseconds between two messages to a page. */
const INTERVAL = 250;
/** Pages at a time. */
const PAGES = 16;

/** Everything comes from here, and nothing else may be asked for, framed or run. */
const POLICY = "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; " +
  "frame-ancestors 'none'; form-action 'none'; base-uri 'none'";

/**
 * Serves the page of a training to browsers on this machine: on 127.0.0.1 only. What changes anything needs the token that
 * the page has from here, and requests of other sites' pages, or by another name (DNS rebinding), are refused.
 */
export class UiServer implements AsyncDisposable {
  readonly #training: LiveTraining;
  readonly #server: Deno.HttpServer<Deno.NetAddr>;
  readonly #token = randomBytes(24).toString("base64url");
  readonly #ended = new AbortController();
  #pages = 0;
  readonly #timer: ReturnType<typeof setInterval>;

  /** Listens on a port, 0 for any that is free. Throws a CremaError if it is taken, or not allowed. */
  constructor(training: LiveTraining, port: number) {
    this.#training = training;
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
          hint: "Give --ui another port, or none for any that is free.",
          cause,
        });
    }
    this.#timer = setInterval(() => training.monitor.flush(), INTERVAL);
    // The page does not keep a training alive that has ended.
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
    this.#training.monitor.flush();
    this.#ended.abort();
    await this.#server.shutdown();
  }

  async #answer(request: Request): Promise<Response> {
    this.#training.asked();
    const { pathname } = new URL(request.url);
    const refused = wrongHost({
      host: request.headers.get("host") ?? undefined,
      origin: request.headers.get("origin") ?? undefined,
      localAddress: "127.0.0.1",
    }, []);
    if (refused !== undefined) {
      return plain(
        refused.status,
        "Expected a request to this machine, of its own page, but found another\n",
      );
    }
    try {
      if (request.method === "GET" || request.method === "HEAD") return await this.#get(pathname);
      if (request.method === "POST") return await this.#post(pathname, request);
      return plain(405, "Expected GET, HEAD or POST\n", { allow: "GET, HEAD, POST" });
    } catch (error) {
      const debug = environmentVariable("CREMA_DEBUG") !== undefined;
      return plain(500, `${debug ? (error as Error).stack : (error as Error).message}\n`);
    }
  }

  async #get(path: string): Promise<Response> {
    switch (path) {
      case "/":
        return text("text/html", pageText(this.#token));
      case "/page.js":
        return text("text/javascript", pageScript);
      case "/page.css":
        return text("text/css", pageStyle);
      case "/plot.js":
        return text("text/javascript", (await plotLibrary()).script);
      case "/plot.css":
        return text("text/css", (await plotLibrary()).style);
      case "/net.svg":
        return text("image/svg+xml", new TextDecoder().decode(await this.#training.graph()));
      case "/parameters":
        return text("application/json", JSON.stringify(this.#training.parameters()));
      case "/filters":
        return text("application/json", JSON.stringify(this.#training.filters() ?? null));
      case "/events":
        return this.#events();
      default:
        return plain(404, `Expected a path of the page but found ${path}\n`);
    }
  }

  async #post(path: string, request: Request): Promise<Response> {
    // No form of another site can set such a header, and no script of one may.
    const token = Buffer.from(request.headers.get("x-crema-token") ?? ""), own = Buffer.from(this.#token);
    const site = request.headers.get("sec-fetch-site") ?? "same-origin";
    if (token.length !== own.length || !timingSafeEqual(token, own) || site !== "same-origin") {
      return plain(403, "Expected a request of this server's own page: load it again\n");
    }
    switch (path) {
      case "/snapshot":
      case "/stop":
        this.#training.ask(path === "/stop" ? "stop" : "snapshot");
        return plain(202, "It is done between two iterations.\n");
      case "/learning-rate": {
        const given = await shortText(request), rate = Number(given);
        if (given.trim() === "" || !Number.isFinite(rate) || rate < 0) {
          return plain(400, `Expected a learning rate of 0 or more but found '${given}'\n`);
        }
        this.#training.setLearningRate(rate);
        return plain(200, `The learning rate is ${rate} from the next iteration on.\n`);
      }
      case "/undo":
        return this.#training.undoLearningRate()
          ? plain(200, "The learning rate is as it was.\n")
          : plain(409, "Expected a learning rate that was set on this page but found none\n");
      default:
        return plain(404, `Expected /snapshot, /stop, /learning-rate or /undo but found ${path}\n`);
    }
  }

  /** Server-sent events: first all so far, then what is new, a few times a second. */
  #events(): Response {
    if (this.#pages >= PAGES) return plain(503, `Expected at most ${PAGES} pages at a time\n`);
    this.#pages++;
    const { monitor } = this.#training, { signal } = this.#ended;
    const encoder = new TextEncoder();
    let end = () => {};
    const body = new ReadableStream<Uint8Array>({
      start: (controller) => {
        const send = (name: string, changes: TrainingChanges) => {
          // A page that does not read, in a tab that sleeps, gets the news later, all at once, by loading anew.
          if ((controller.desiredSize ?? 0) < -256) return close();
          controller.enqueue(encoder.encode(`event: ${name}\ndata: ${JSON.stringify(changes)}\n\n`));
        };
        const stopListening = monitor.listen((changes) => send("changes", changes));
        let isOpen = true;
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
        signal.addEventListener("abort", close);
        send("all", monitor.all);
      },
      cancel: () => end(),
    });
    return new Response(body, {
      headers: { ...HEADERS, "content-type": "text/event-stream" },
    });
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
async function shortText(request: Request): Promise<string> {
  const reader = request.body?.pipeThrough(new TextDecoderStream()).getReader();
  let found = "";
  while (reader !== undefined && found.length < 64) {
    const { done, value } = await reader.read();
    if (done) return found;
    found += value;
  }
  await reader?.cancel();
  return found.slice(0, 64);
}

function text(type: string, body: string): Response {
  return new Response(body, { headers: { ...HEADERS, "content-type": `${type}; charset=utf-8` } });
}

function plain(status: number, body: string, headers: Record<string, string> = {}): Response {
  return new Response(body, {
    status,
    headers: { ...HEADERS, ...headers, "content-type": "text/plain; charset=utf-8" },
  });
}
