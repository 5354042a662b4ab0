/** A server of modules on this machine, at a free port and below a path that is in no cache. */
export interface ModuleServer extends AsyncDisposable {
  /** Where the modules are: `${base}loss.ts`. */
  base: string;
  /** The modules by name; they may be changed. */
  modules: Record<string, string>;
  /** Redirects: the target of each other name. They may be changed. */
  redirects: Record<string, string>;
  /** Names in the order of the requests. */
  asked: string[];
}

/** Serves modules, by name. */
export function serveModules(modules: Record<string, string>): ModuleServer {
  const asked: string[] = [], redirects: Record<string, string> = {};
  const path = `/${crypto.randomUUID()}/`;
  const server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, (request) => {
    const name = new URL(request.url).pathname.slice(path.length);
    asked.push(name);
    const text = modules[name], to = redirects[name];
    if (to !== undefined) return new Response(null, { status: 302, headers: { location: `${path}${to}` } });
    return text === undefined
      ? new Response("nothing here", { status: 404 })
      : new Response(text, { headers: { "content-type": "application/typescript" } });
  });
  const base = `http://127.0.0.1:${server.addr.port}${path}`;
  return { base, modules, redirects, asked, [Symbol.asyncDispose]: () => server.shutdown() };
}

/** A loss in two modules, by name: `loss.ts` is half the mean squared score times what `scale.ts` says. */
export function squareLoss(scale = 1): Record<string, string> {
  return {
    "scale.ts": `export const scale: number = ${scale};\n`,
    "loss.ts": `
import { scale } from "./scale.ts";
interface Blob { data: Float32Array; diff: Float32Array; num: number; reshape(...shape: number[]): void }
export class SquareLoss {
  static bottoms = 2;
  reshape(_bottoms: Blob[], [loss]: [Blob]) { loss.reshape(); }
  forward([score]: [Blob], [loss]: [Blob]) {
    let sum = 0;
    for (const value of score.data) sum += value * value;
    loss.data[0] = scale * sum / (2 * score.num);
  }
  backward([loss]: [Blob], [wanted]: boolean[], [score]: [Blob]) {
    if (!wanted) return;
    const { data, diff, num } = score;
    for (let i = 0; i < diff.length; i++) diff[i] = scale * loss.diff[0]! * data[i]! / num;
  }
}
`,
  };
}
