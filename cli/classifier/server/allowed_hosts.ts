import type { Answer } from "./answer.ts";
import { failure } from "./answer.ts";

/** Names that always mean this machine. */
const LOOPBACK = ["localhost", "127.0.0.1", "[::1]"];

/** What {@link wrongHost} looks at. */
export interface HostHeaders {
  /** The header Host; none in HTTP/1.0. */
  host: string | undefined;
  /** The header Origin, which browsers send with requests of pages. */
  origin: string | undefined;
  /** The address that the client has connected to. */
  localAddress: string;
}

/**
 * Checks whom a request was meant for and whose page sent it. Otherwise any web page that its user visits could use a
 * server on the user's own machine, by a name that leads there (DNS rebinding). Allowed are loopback names, the address
 * that the client has connected to, and the names in `allowed`, with any port; "*" allows all. Returns the answer to
 * give instead; undefined when all is well.
 */
export function wrongHost(
  { host, origin, localAddress }: HostHeaders,
  allowed: readonly string[],
): Answer | undefined {
  const names = new Set([...LOOPBACK, bracketed(localAddress), ...allowed.map(bracketed)]);
  const isAllowed = (name: string) => allowed.includes("*") || names.has(name);
  if (host !== undefined) {
    const name = nameOf(`http://${host}`);
    if (name === undefined || /[/?#@\\]/.test(host)) {
      return failure(400, `Expected a header Host such as localhost:8080 but found '${host}'`);
    }
    if (!isAllowed(name)) return refused("Host", host, name, allowed);
  }
  if (origin !== undefined) {
    const name = nameOf(origin);
    if (name === undefined || !isAllowed(name)) return refused("Origin", origin, name, allowed);
  }
  return undefined;
}

function refused(
  header: string,
  found: string,
  name: string | undefined,
  allowed: readonly string[],
): Answer {
  const hint = name === undefined
    ? ""
    : ` Start the server with --allow-host ${[...allowed, name].join()} if it is yours.`;
  return failure(403, `Expected the header ${header} to name this server but found '${found}'.${hint}`);
}

/** The host of a URL, in lower case; undefined when the text is no URL. */
function nameOf(url: string): string | undefined {
  return URL.parse(url)?.hostname || undefined;
}

function bracketed(name: string): string {
  return name.includes(":") && !name.startsWith("[") ? `[${name.toLowerCase()}]` : name.toLowerCase();
}
