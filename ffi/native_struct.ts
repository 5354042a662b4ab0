/** The C types of fields. */
type FieldType = "int32_t" | "float" | "const float*";

/** A field of a C struct: its type and its offset in bytes. */
type Field<Type extends FieldType = FieldType> = readonly [type: Type, offset: number];

/** The layout of a C struct. */
export interface StructLayout {
  /** What sizeof gives. */
  readonly size: number;
  /** The fields by name, in C's order. */
  readonly fields: Readonly<Record<string, Field>>;
}

/**
 * Memory for one C struct, written field by field. A field can only be set as what it is in C.
 *
 * ```ts
 * import { NativeStruct } from "./native_struct.ts";
 * import assert from "node:assert/strict";
 *
 * const layout = { size: 8, fields: { count: ["int32_t", 0], scale: ["float", 4] } } as const;
 * const struct = new NativeStruct(layout);
 * struct.setInt32(struct.fields.count, 3);
 * struct.setFloat(struct.fields.scale, 0.5);
 * assert.deepEqual([...struct.bytes], [3, 0, 0, 0, 0, 0, 0, 0x3f]);
 * ```
 */
export class NativeStruct<Layout extends StructLayout> {
  /** The struct as C reads it. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Its fields by name. */
  readonly fields: Layout["fields"];
  readonly #view: DataView<ArrayBuffer>;

  /** Makes a struct of zeros. */
  constructor({ size, fields }: Layout) {
    this.bytes = new Uint8Array(size);
    this.fields = fields;
    this.#view = new DataView(this.bytes.buffer);
  }

  /** Sets an int32_t. */
  setInt32(field: Field<"int32_t">, value: number): void {
    this.#view.setInt32(field[1], value, true);
  }

  /** Sets a float. */
  setFloat(field: Field<"float">, value: number): void {
    this.#view.setFloat32(field[1], value, true);
  }

  /**
   * Points to an array, or to null if it is empty. The array must stay alive for as long as C uses the
   * struct.
   */
  setFloats(field: Field<"const float*">, array: Float32Array<ArrayBuffer>): void {
    const address = array.length === 0 ? 0n : Deno.UnsafePointer.value(Deno.UnsafePointer.of(array));
    this.#view.setBigUint64(field[1], address, true);
  }
}
