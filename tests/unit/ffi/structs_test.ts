import assert from "node:assert/strict";
import { NativeStruct, type StructLayout } from "../../../ffi/native_struct.ts";
import { structs } from "../../../ffi/structs.ts";

const header = Deno.readTextFileSync(new URL("../../../ffi/crema.h", import.meta.url));
const code = header.replaceAll(/\/\/.*/g, "");

/** Bytes of each C type on the machines that we run on, which is also its alignment. */
const SIZES: Record<string, number> = { "int32_t": 4, "float": 4, "const float*": 8 };

/** The header's structs that hold values, each laid out by C's rules. */
function declaredStructs(): Record<string, StructLayout> {
  const found = [...code.matchAll(/typedef struct (\w+) \{([^}]*)\}/g)];
  return Object.fromEntries(
    found.filter(([, name]) => name !== "crema_host").map(([, name, body = ""]) => [name, layOut(body)]),
  );
}

function layOut(body: string): StructLayout {
  const fields: Record<string, readonly [never, number]> = {};
  let offset = 0, widest = 1;
  const roundUp = (to: number) => Math.ceil(offset / to) * to;
  for (const declaration of body.split(";").map((each) => each.trim()).filter((each) => each !== "")) {
    const [, type = "", names = ""] = /^((?:const )?\w+\*?)\s+(.*)$/s.exec(declaration) ?? [];
    const size = SIZES[type];
    assert.ok(size !== undefined, `Expected a known type but found '${declaration}'`);
    for (const name of names.split(",")) {
      offset = roundUp(size);
      fields[name.trim()] = [type as never, offset];
      offset += size;
      widest = Math.max(widest, size);
    }
  }
  return { size: roundUp(widest), fields };
}

Deno.test("the struct table mirrors crema.h", () => {
  const declared = declaredStructs();
  assert.deepEqual(Object.keys(declared), ["crema_transform", "crema_gemm_batch", "crema_window"]);
  assert.deepEqual(structs, declared);
});

Deno.test("each field of a struct is set at its offset", () => {
  const struct = new NativeStruct(structs.crema_transform), { fields } = struct;
  const view = new DataView(struct.bytes.buffer), mean = new Float32Array([1, 2]);
  assert.equal(struct.bytes.length, 40);

  struct.setInt32(fields.mean_count, 2);
  struct.setFloats(fields.mean, mean);
  struct.setFloat(fields.scale, 0.5);
  struct.setInt32(fields.floats, -1);
  assert.deepEqual(Array.from({ length: 6 }, (_, i) => view.getInt32(4 * i, true)), [0, 0, 0, 0, 0, 2]);
  assert.equal(view.getBigUint64(24, true), Deno.UnsafePointer.value(Deno.UnsafePointer.of(mean)));
  assert.deepEqual([view.getFloat32(32, true), view.getInt32(36, true)], [0.5, -1]);

  struct.setFloats(fields.mean, new Float32Array());
  assert.equal(view.getBigUint64(24, true), 0n);
});
