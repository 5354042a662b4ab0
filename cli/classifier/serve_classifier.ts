import { CremaError } from "../../base/mod.ts";
import { thrownMessage, thrownStack } from "../../base/thrown.ts";
import { printError } from "../output/print.ts";
import { classifierPage } from "./classifier_page.ts";
import type { Classify } from "./top_scores.ts";

/** The largest body that is accepted, in bytes. */
const LIMIT = 64 << 20;

/**
 * Answers HTTP requests until SIGINT or SIGTERM. POST / takes an image, an IDX file or raw values, and returns the top
 * scores of each example as JSON (`?top=3`); GET / returns a page to try it. Throws a CremaError when it can't listen on
 * the address.
 */
export async function serveClassifier(classify: Classify, address: string | true): Promise<void> {
  const { hostname, port } = parseAddress(address);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => stop.abort());
  }
  try {
    const server = Deno.serve({
      hostname,
      port,
      signal: stop.signal,
      onListen: ({ hostname, port }) => {
        printError(`Listening on http://${hostname.includes(":") ? `[${hostname}]` : hostname}:${port}/\n`);
      },
    }, async (request) => await answer(request, classify));
    await server.finished;
  } catch (cause) {
    const denied = cause instanceof Deno.errors.NotCapable;
    throw new CremaError(
      `Expected to listen on ${hostname}:${port} but found: ${(cause as Error).message}`,
      { cause, hint: denied ? "Compile with --allow-net for other addresses." : undefined },
    );
  }
}

/** Answers one request. */
export async function answer(request: Request, classify: Classify): Promise<Response> {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname !== "/") return failure(404, `Expected the path / but found ${pathname}`);
  if (request.method === "GET" || request.method === "HEAD") {
    return new Response(request.method === "GET" ? classifierPage : null, {
      headers: { "content-type": "text/html; charset=utf-8" },
    });
  }
  if (request.method !== "POST") {
    return failure(405, `Expected GET or POST but found ${request.method}`, { allow: "GET, HEAD, POST" });
  }
  const wanted = searchParams.get("top"), top = Number(wanted ?? 1);
  if (!Number.isInteger(top) || top < 1) {
    return failure(400, `Expected top to be a positive whole number but found '${wanted}'`);
  }
  const bytes = await bodyOf(request);
  if (bytes === undefined) return failure(413, `Expected at most ${LIMIT} bytes but found more`);
  try {
    return json(200, await classify(bytes, "the request's body", { top: wanted === null ? undefined : top }));
  } catch (error) {
    if (error instanceof CremaError) return failure(400, error.message);
    printError(`${thrownStack(error) ?? thrownMessage(error)}\n`);
    return failure(500, "Expected an answer but found a mistake in Crema; its log says more");
  }
}

/** The body; undefined when it is too large. */
async function bodyOf(request: Request): Promise<Uint8Array | undefined> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of request.body ?? []) {
    size += part.length;
    if (size > LIMIT) return undefined;
    parts.push(part);
  }
  return new Uint8Array(await new Blob(parts as Uint8Array<ArrayBuffer>[]).arrayBuffer());
}

function parseAddress(address: string | true): { hostname: string; port: number } {
  const [, six, host, port] =
    /^(?:\[([\da-f:]+)\]:|([^:]+):)?(\d+)$/i.exec(address === true ? "8080" : address) ?? [];
  const number = Number(port);
  if (port === undefined || number > 65535) {
    throw new CremaError(`Expected an address such as 127.0.0.1:8080, or a port, but found '${address}'`);
  }
  return { hostname: six ?? host ?? "127.0.0.1", port: number };
}

function failure(status: number, error: string, headers: Record<string, string> = {}): Response {
  return json(status, { error }, headers);
}

function json(status: number, value: unknown, headers: Record<string, string> = {}): Response {
  return new Response(`${JSON.stringify(value)}\n`, {
    status,
    headers: { "content-type": "application/json", ...headers },
  });
}
