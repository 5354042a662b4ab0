import assert from "node:assert/strict";
import { type Blob, Net } from "../../../../mod.ts";

Deno.test("a field 'blobs' of the class, which would hide its parameters, is refused", async () => {
  const folder = await Deno.makeTempDir();
  try {
    await Deno.writeTextFile(
      `${folder}/field.ts`,
      `import { type Blob, Layer } from "crema";
      export class FieldBlobsLayer extends Layer {
        override blobs: any = [];
        override reshape([x]: Blob[], [y]: Blob[]): void { y!.reshapeLike(x!); }
        override forward(): void {}
      }
      /** Any object may have a field of that name: it is no Layer. */
      export class OwnBlobs {
        blobs = ["mine"];
        reshape([x]: Blob[], [y]: Blob[]): void { y!.reshapeLike(x!); }
        forward([x]: Blob[], [y]: Blob[]): void { y!.data.set(x!.data); }
      }`,
    );
    const make = (layer: string) =>
      Net.fromText(
        `layer { name: "in" type: "Input" top: "x" input_param { shape { dim: 2 } } }
layer { name: "h" type: "Script" bottom: "x" top: "y" script_param { module: "./field.ts" layer: "${layer}" } }`,
        { file: `${folder}/net.prototxt` },
      );
    await assert.rejects(make("FieldBlobsLayer"), {
      message:
        /net\.prototxt:2:1: layer 'h': Expected 'blobs' of FieldBlobsLayer to be the layer's parameters but found a field/,
    });
    using net = await make("OwnBlobs");
    const blob: Blob = net.blob("x");
    blob.data.fill(3);
    assert.deepEqual(Array.from(net.forward().y!), [3, 3]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});
