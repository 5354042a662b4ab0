import assert from "node:assert/strict";
import { loadModule } from "../../../../script/modules/load_module.ts";

/** Serves one module of TypeScript with a Content-Type, or none, below a path that is in no cache. */
async function load(type: string | undefined, source: string): Promise<Record<string, unknown>> {
  const bytes = new TextEncoder().encode(source);
  await using server = Deno.serve({ hostname: "127.0.0.1", port: 0, onListen: () => {} }, () => {
    return new Response(bytes, type === undefined ? {} : { headers: { "content-type": type } });
  });
  return await loadModule(`http://127.0.0.1:${server.addr.port}/${crypto.randomUUID()}/layer.ts`);
}

const TYPESCRIPT = "export const x: number = 1;\n";

Deno.test("a module that is sent with a wrong Content-Type is an error that says so; without one it is loaded", async () => {
  for (const type of [undefined, "application/octet-stream", "text/plain; charset=utf-8"]) {
    assert.equal((await load(type, TYPESCRIPT))["x"], 1);
  }
  for (const type of ["text/vnd.trolltech.linguist", "text/html; charset=utf-8"]) {
    await assert.rejects(
      load(type, TYPESCRIPT),
      new RegExp(
        `found a syntax error[^]*Its server sends it as '${
          type.split(";")[0]
        }', so that .*application/typescript`,
      ),
    );
  }
  // What is wrong in any type is not the server's fault.
  await assert.rejects(load("application/typescript", "export const = 1;\n"), (error: Error) => {
    assert.match(error.message, /found a syntax error/);
    assert.doesNotMatch(error.message, /Its server/);
    return true;
  });
});
