import assert from "node:assert/strict";
import { encodePng } from "../../../../../plot/encode_png.ts";
import { crc32c } from "../../../../../base/crc32c.ts";
import { EventFile } from "../../../../../train/runs/tensorboard/event_file.ts";
import { histogram } from "../../../../../train/runs/tensorboard/histogram.ts";
import { readEvents } from "./read_events.ts";

Deno.test("crc32c gives the sums of RFC 3720", () => {
  const sums = [
    [new Uint8Array(32), 0x8a9136aa],
    [new Uint8Array(32).fill(255), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, i) => i), 0x46dd794e],
    [Uint8Array.from({ length: 32 }, (_, i) => 31 - i), 0x113fdb5c],
  ] as const;
  for (const [bytes, sum] of sums) assert.equal(crc32c(bytes), sum);
});

Deno.test("a file of events is read back: version, scalars, images, histograms", async () => {
  const folder = await Deno.makeTempDir();
  try {
    const png = encodePng({ pixels: new Uint8Array([0, 255]), width: 2, height: 1, channels: 1 });
    const weights = histogram([new Float32Array([-1, 0, NaN]), new Float32Array([0.5, 3])])!;
    let path: string;
    {
      using file = new EventFile(folder);
      path = file.path;
      file.add(0, [{ tag: "train/loss", scalar: 2.5 }, { tag: "täg", scalar: -1 }]);
      file.add(70_000, [{ tag: "images", image: { width: 2, height: 1, channels: 1, png } }]);
      file.add(70_001, [{ tag: "conv1/0", histogram: weights }]);
      file.add(70_002, []);
    }
    const [version, scalars, images, histograms, ...rest] = readEvents(await Deno.readFile(path));
    assert.match(path, /events\.out\.tfevents\.\d{10}\./);
    assert.equal(version?.fileVersion, "brain.Event:2");
    assert.ok(Math.abs(version!.wallTime - Date.now() / 1000) < 600);
    assert.deepEqual(scalars?.values, [{ tag: "train/loss", scalar: 2.5 }, { tag: "täg", scalar: -1 }]);
    assert.equal(images?.step, 70_000);
    assert.deepEqual({ ...images?.values[0]?.image, png: undefined }, {
      width: 2,
      height: 1,
      channels: 1,
      png: undefined,
    });
    assert.deepEqual([...images!.values[0]!.image!.png], [...png]);
    const read = histograms!.values[0]!.histogram!;
    assert.deepEqual([read.min, read.max, read.num, read.sum, read.squares], [-1, 3, 4, 2.5, 10.25]);
    assert.equal(read.limits.at(-1), 3);
    assert.equal(read.counts.reduce((sum, count) => sum + count), 4);
    assert.deepEqual([read.counts[0], read.counts[16], read.counts[24], read.counts[63]], [1, 1, 1, 1]);
    assert.deepEqual(rest, []);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("the file of a resumed run says from which step on it goes, and shares no name", async () => {
  const folder = await Deno.makeTempDir();
  try {
    using first = new EventFile(folder);
    using second = new EventFile(folder, 15);
    assert.notEqual(first.path, second.path);
    const [, session] = readEvents(await Deno.readFile(second.path));
    assert.deepEqual([session?.step, session?.sessionStatus], [15, 1]);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
});

Deno.test("a histogram of one value has a bucket for it, and one of nothing finite is none", () => {
  const one = histogram([new Float32Array([2, 2, 2])]);
  assert.equal(one?.bucket[0], 3);
  assert.ok(one!.bucketLimit.every((limit, i) => i === 0 || limit > one!.bucketLimit[i - 1]!));
  assert.equal(histogram([new Float32Array([NaN, Infinity])]), undefined);
});
