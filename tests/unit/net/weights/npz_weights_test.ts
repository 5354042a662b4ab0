import assert from "node:assert/strict";
import { join } from "node:path";
import { ndArray, npzOf } from "../../../../data/mod.ts";
import { readWeights } from "../../../../net/mod.ts";
import { bitsOf, expectRefused, inFolder, parameter } from "./parameters.ts";

/** `numpy.savez_compressed`, of float32 (ip/0 and f), float16 (h), float64 (d) and int64 (n). */
const COMPRESSED = Uint8Array.fromBase64(
  "UEsDBC0AAAAIAAAAIQA2w9f8//////////8IABQAaXAvMC5ucHkBABAAcAEAAAAAAABUAAAAAAAAAJvsF+obEMnIUMZQrZ6S" +
    "WpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5GoY6CmYGmjoKtQrkAi4GhgZ7BgaFAwxgMPzZAFBL" +
    "AwQtAAAACAAAACEAC12mdf//////////BQAUAGgubnB5AQAQAIYAAAAAAAAATAAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRu" +
    "paBuk2akrqOgnpZfVFKUmBefX5SSChJ3S8wpTgWKF2ckFqQC+RqGOgrGmjoKtQpkAy4GG4aDDAwAUEsDBC0AAAAIAAAAIQCu" +
    "1bXH//////////8FABQAZC5ucHkBABAAmAAAAAAAAABRAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqGuo6Cell9U" +
    "UpSYF59flJIKEndLzClOBYoXZyQWpAL5GoY6CsaaOgq1CmQDLgYw+GAPoVkOMEABAFBLAwQtAAAACAAAACEAfmr7yf//////" +
    "////BQAUAG4ubnB5AQAQAJAAAAAAAAAASQAAAAAAAACb7BfqGxDJyFDGUK2eklqcXKRupaBuk2mhrqOgnpZfVFKUmBefX5SS" +
    "ChJ3S8wpTgWKF2ckFqQC+RpGOpo6CrUKFAAuBihghNIAUEsDBC0AAAAIAAAAIQAts0QF//////////8FABQAZi5ucHkBABAA" +
    "jAAAAAAAAABRAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxcpG6loG6TZqKuo6Cell9UUpSYF59flJIKEndLzClOBYoXZyQWpAL5" +
    "GoY6CsaaOgq1CmQDLgaGBnsGBoUDDEAAAFBLAQItAy0AAAAIAAAAIQA2w9f8VAAAAHABAAAIAAAAAAAAAAAAAACAAQAAAABp" +
    "cC8wLm5weVBLAQItAy0AAAAIAAAAIQALXaZ1TAAAAIYAAAAFAAAAAAAAAAAAAACAAY4AAABoLm5weVBLAQItAy0AAAAIAAAA" +
    "IQCu1bXHUQAAAJgAAAAFAAAAAAAAAAAAAACAAREBAABkLm5weVBLAQItAy0AAAAIAAAAIQB+avvJSQAAAJAAAAAFAAAAAAAA" +
    "AAAAAACAAZkBAABuLm5weVBLAQItAy0AAAAIAAAAIQAts0QFUQAAAIwAAAAFAAAAAAAAAAAAAACAARkCAABmLm5weVBLBQYA" +
    "AAAABQAFAAIBAAChAgAAAAA=",
);

/** `numpy.savez`, with a directory in the form for archives of more than 4 GiB. */
const LARGE = Uint8Array.fromBase64(
  "UEsDBC0AAAAAAAAAIQAts0QF//////////8IABQAaXAvMC5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rl" +
    "c2NyJzogJzxmNCcsICdmb3J0cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgxLCAzKSwgfSAgICAgICAgICAgICAgICAg" +
    "ICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAKAACAPwAAIMAAAAAAUEsDBC0AAAAAAAAAIQBGHa/h" +
    "//////////8IABQAaXAvMS5ucHkBABAAjAAAAAAAAACMAAAAAAAAAJNOVU1QWQEAdgB7J2Rlc2NyJzogJzxmNCcsICdmb3J0" +
    "cmFuX29yZGVyJzogRmFsc2UsICdzaGFwZSc6ICgzLCksIH0gICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAg" +
    "ICAgICAgICAgICAgICAgICAgICAgICAKAACAPwAAIMAAAAAAUEsBAi0DLQAAAAAAAAAhAC2zRAX//////////wgAFAAAAAAA" +
    "AAAAAIABAAAAAGlwLzAubnB5AQAQAIwAAAAAAAAAjAAAAAAAAABQSwECLQMtAAAAAAAAACEARh2v4f//////////CAAcAAAA" +
    "AAAAAAAAgAH/////aXAvMS5ucHkBABgAjAAAAAAAAACMAAAAAAAAAMYAAAAAAAAAUEsGBiwAAAAAAAAALQAtAAAAAAAAAAAA" +
    "AgAAAAAAAAACAAAAAAAAAJwAAAAAAAAAjAEAAAAAAABQSwYHAAAAACgCAAAAAAAAAQAAAFBLBQYAAAAAAgACAJwAAACMAQAA" +
    "AAA=",
);

/** `numpy.savez` of an array in Fortran's order. */
const FORTRAN = Uint8Array.fromBase64(
  "UEsDBC0AAAAIAAAAIQCRmfKl//////////8FABQAYS5ucHkBABAAmAAAAAAAAABLAAAAAAAAAJvsF+obEMnIUMZQrZ6SWpxc" +
    "pG6loG6TZqKuo6Cell9UUpSYF59flJIKEg8pKk0FChdnJBakArkaRjoKxpo6CrUK5AMuBoYGe2wYAFBLAQItAy0AAAAIAAAA" +
    "IQCRmfKlSwAAAJgAAAAFAAAAAAAAAAAAAACAAQAAAABhLm5weVBLBQYAAAAAAQABADMAAACCAAAAAAA=",
);

Deno.test("arrays that NumPy wrote are read, compressed ones and those of large archives too", async () => {
  const { parameters, leftOut } = await readWeights(COMPRESSED);
  const row = [1, -2.5, 0];
  assert.deepEqual(
    bitsOf(parameters),
    bitsOf([
      parameter("ip/0", [1, 60], Array.from({ length: 60 }, (_, i) => row[i % 3]!)),
      ...["h", "d", "f"].map((name) => parameter(name, [1, 3], [1, -2.5, 0])),
    ]),
  );
  assert.deepEqual(parameters.map(({ type }) => type), ["float32", "float16", "float64", "float32"]);
  assert.deepEqual(leftOut, [{ name: "n", type: "<i8" }]);
  assert.deepEqual(
    bitsOf((await readWeights(LARGE)).parameters),
    bitsOf([parameter("ip/0", [1, 3], [1, -2.5, 0]), parameter("ip/1", [3], [1, -2.5, 0])]),
  );
});

/** A file with two arrays, and the places in it that are damaged. */
const WHOLE = npzOf(new Map([["a/0", ndArray([2], [1, 2])], ["b/0", ndArray([1], [3])]]));
const find = (text: string, from = 0) => new TextDecoder("latin1").decode(WHOLE).indexOf(text, from);
const [FIRST, SECOND] = [find("PK\x01\x02"), find("PK\x01\x02", find("PK\x01\x02") + 1)];
const END = find("PK\x05\x06");

const changed = (change: (view: DataView, bytes: Uint8Array) => void) => {
  const bytes = WHOLE.slice();
  change(new DataView(bytes.buffer), bytes);
  return bytes;
};
const text = (bytes: Uint8Array, at: number, content: string) =>
  bytes.set(new TextEncoder().encode(content), at);

const DAMAGED: [Uint8Array, RegExp][] = [
  [new Uint8Array(), /one without an end/],
  [WHOLE.slice(0, -30), /one without an end: it was cut/],
  [changed((view) => view.setUint32(END + 16, 2 ** 31, true)), /its directory lies outside the file/],
  [changed((view) => view.setUint32(END + 16, 3, true)), /a damaged directory/],
  [changed((view) => view.setUint16(END + 10, 3, true)), /a damaged directory/],
  [changed((view) => view.setUint16(SECOND + 28, 5000, true)), /its directory is cut off/],
  [changed((_, bytes) => text(bytes, SECOND + 46, "a")), /'a\/0\.npy' twice/],
  [changed((view) => view.setUint16(FIRST + 8, 1, true)), /'a\/0\.npy' encrypted/],
  [changed((view) => view.setUint16(FIRST + 10, 12, true)), /compressed by method 12/],
  [changed((view) => view.setUint16(FIRST + 10, 8, true)), /damaged bytes of 'a\/0\.npy'/],
  [changed((view) => view.setUint32(FIRST + 24, 2 ** 31, true)), /'a\/0\.npy' of 2147483648 bytes in 136/],
  [changed((view) => view.setUint32(FIRST + 42, 2 ** 31, true)), /that 'a\/0\.npy' lies outside the file/],
  [changed((view) => view.setUint32(FIRST + 42, 7, true)), /'a\/0\.npy' is not where it should be/],
  [
    changed((_, bytes) => text(bytes, find("(2,)"), "(9,)")),
    /w\.npz: a\/0: Expected 36 bytes for \(9\) of float32 but found 8/,
  ],
  [
    changed((_, bytes) => text(bytes, find("(2,)"), "(-2)")),
    /a\/0: Expected a .npy array but found a shape of \(-2\)/,
  ],
  [
    changed((_, bytes) => text(bytes, find("<f4"), ">f4")),
    /a\/0: Expected floats but found an array of type '>f4'/,
  ],
  [FORTRAN, /one in Fortran's order. Save `numpy.ascontiguousarray/],
];

Deno.test("npz files that are damaged are refused by what is wrong with them", () =>
  inFolder(async (folder) => {
    const path = join(folder, "w.npz");
    for (const [bytes, message] of DAMAGED) {
      await Deno.writeFile(path, bytes);
      await expectRefused(path, readWeights(path), message);
    }
    const last = WHOLE.slice();
    last[find("PK\x03\x04", 4) - 1]! ^= 1; // the last byte of the first array
    await Deno.writeFile(path, last);
    const [first] = (await readWeights(path)).parameters;
    assert.throws(() => first!.read(), /damaged bytes of 'a\/0\.npy'/);
  }));
