/** Content types as which Deno takes TypeScript for TypeScript, or goes by the extension. */
const FINE =
  /^(?:application|text)\/(?:x-)?typescript$|^video\/(?:mp2t|vnd\.dlna\.mpeg-tts)$|^text\/plain$|^application\/octet-stream$/i;

/** Milliseconds to wait for the server's answer. */
const LIMIT = 5000;

/**
 * What to do about a syntax error in a module by URL, if its server is to blame: Deno takes what a server sends as
 * another type than TypeScript for JavaScript, whatever its name ends in. `message` is Deno's, which names the module at
 * fault. Asks the server again, where that is allowed. Undefined for other modules.
 */
export async function contentTypeHint(url: string, message: string): Promise<string | undefined> {
  const failed = /\bat (https?:\/\/\S+?):\d+:\d+\s*$/.exec(message)?.[1] ?? url;
  if (!/^https?:.*\.[cm]?tsx?(?:[?#].*)?$/.test(failed)) return undefined;
  const type = await contentTypeOf(failed);
  if (type === undefined || FINE.test(type)) return undefined;
  return `Its server sends it as '${type}', so that it is taken for JavaScript: have the server send ` +
    "application/typescript for files that end in .ts (or text/plain).";
}

/** The Content-Type, without parameters, that a server sends for a URL; undefined where it can't be asked. */
async function contentTypeOf(url: string): Promise<string | undefined> {
  const { host } = new URL(url);
  if ((await Deno.permissions.query({ name: "net", host })).state !== "granted") return undefined;
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(LIMIT) });
    await response.body?.cancel();
    return response.headers.get("content-type")?.replace(/;.*$/, "").trim();
  } catch {
    return undefined; // no answer: the error is told without a reason
  }
}
