import { CremaError } from "../../base/mod.ts";
import { printError } from "../output/print.ts";
import { ClassifierServer, type ClassifierServerOptions } from "./server/classifier_server.ts";
import type { Classify } from "./top_scores.ts";

/** How a program that was stopped by a signal for the second time ends. */
const STOPPED = { SIGINT: 130, SIGTERM: 143 } as const;

/**
 * Answers HTTP requests until SIGINT or SIGTERM; then it answers what has arrived and returns. A second signal ends the
 * process at once. Throws a CremaError when it can't listen on the address.
 */
export async function serveClassifier(
  classify: Classify,
  address: string | true,
  options: Omit<ClassifierServerOptions, "hostname" | "port"> = {},
): Promise<void> {
  const { hostname, port } = parseAddress(address);
  await using server = listen(classify, { ...options, hostname, port });
  const { promise: stopped, resolve: stop } = Promise.withResolvers<void>();
  let isStopping = false;
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    Deno.addSignalListener(signal, () => {
      if (isStopping) Deno.exit(STOPPED[signal]);
      isStopping = true;
      stop();
    });
  }
  const { address: bound } = server;
  printError(
    `Listening on http://${
      bound.hostname.includes(":") ? `[${bound.hostname}]` : bound.hostname
    }:${bound.port}/\n`,
  );
  await stopped;
  await server.drain();
}

function listen(classify: Classify, options: ClassifierServerOptions): ClassifierServer {
  try {
    return new ClassifierServer(classify, options);
  } catch (cause) {
    const denied = cause instanceof Deno.errors.NotCapable;
    throw new CremaError(
      `Expected to listen on ${options.hostname}:${options.port} but found: ${(cause as Error).message}`,
      { cause, hint: denied ? "Compile with --allow-net for other addresses." : undefined },
    );
  }
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
