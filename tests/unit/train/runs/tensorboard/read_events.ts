import assert from "node:assert/strict";

/** An event as the tests read it. */
export interface ReadEvent {
  wallTime: number;
  step: number;
  fileVersion?: string;
  sessionStatus?: number;
  values: {
    tag: string;
    scalar?: number;
    image?: { height: number; width: number; channels: number; png: Uint8Array };
    histogram?: {
      min: number;
      max: number;
      num: number;
      sum: number;
      squares: number;
      limits: number[];
      counts: number[];
    };
  }[];
}

/** Reads a file of TensorBoard's events, and checks the sums of each record. Written apart from what writes them. */
export function readEvents(bytes: Uint8Array): ReadEvent[] {
  const events: ReadEvent[] = [];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0; at < bytes.length;) {
    const length = Number(view.getBigUint64(at, true));
    assert.equal(view.getUint32(at + 8, true), masked(bytes.subarray(at, at + 8)));
    const content = bytes.subarray(at + 12, at + 12 + length);
    assert.equal(content.length, length);
    assert.equal(view.getUint32(at + 12 + length, true), masked(content));
    events.push(eventOf(content));
    at += length + 16;
  }
  return events;
}

/** CRC-32C bit by bit, from the polynomial as it is written down, masked as TensorFlow does. */
function masked(bytes: Uint8Array): number {
  let crc = 0xffffffffn;
  for (const byte of bytes) {
    for (let bit = 0; bit < 8; bit++) {
      const out = (crc ^ BigInt(byte >> bit)) & 1n;
      crc >>= 1n;
      if (out === 1n) crc ^= 0x82f63b78n; // 0x1edc6f41, its bits reversed
    }
  }
  crc ^= 0xffffffffn;
  return Number((((crc >> 15n) | (crc << 17n)) & 0xffffffffn) + 0xa282ead8n & 0xffffffffn);
}

type Field = number | bigint | Uint8Array;

/** The fields of a message by number. */
function fieldsOf(bytes: Uint8Array): Map<number, Field[]> {
  const fields = new Map<number, Field[]>();
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  const varint = () => {
    let value = 0n;
    for (let shift = 0n;; shift += 7n) {
      const byte = bytes[at++]!;
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const key = Number(varint()), wire = key & 7;
    let value: Field;
    if (wire === 0) value = varint();
    else if (wire === 1) {
      value = view.getFloat64(at, true);
      at += 8;
    } else if (wire === 5) {
      value = view.getFloat32(at, true);
      at += 4;
    } else {
      assert.equal(wire, 2);
      const length = Number(varint());
      value = bytes.subarray(at, at + length);
      at += length;
    }
    fields.set(key >> 3, [...fields.get(key >> 3) ?? [], value]);
  }
  return fields;
}

function eventOf(bytes: Uint8Array): ReadEvent {
  const fields = fieldsOf(bytes);
  const event: ReadEvent = {
    wallTime: Number(fields.get(1)?.[0]),
    step: Number(fields.get(2)?.[0] ?? 0),
    values: [],
  };
  const version = fields.get(3)?.[0], session = fields.get(7)?.[0], summary = fields.get(5)?.[0];
  if (version !== undefined) event.fileVersion = text(version);
  if (session !== undefined) event.sessionStatus = Number(fieldsOf(session as Uint8Array).get(1)?.[0]);
  if (summary !== undefined) {
    event.values = fieldsOf(summary as Uint8Array).get(1)!.map((each) => valueOf(each as Uint8Array));
  }
  return event;
}

function valueOf(bytes: Uint8Array): ReadEvent["values"][number] {
  const fields = fieldsOf(bytes);
  const value: ReadEvent["values"][number] = { tag: text(fields.get(1)![0]!) };
  const scalar = fields.get(2)?.[0], image = fields.get(4)?.[0], histogram = fields.get(5)?.[0];
  if (scalar !== undefined) value.scalar = scalar as number;
  if (image !== undefined) {
    const parts = fieldsOf(image as Uint8Array);
    const number = (field: number) => Number(parts.get(field)![0]);
    value.image = {
      height: number(1),
      width: number(2),
      channels: number(3),
      png: parts.get(4)![0] as Uint8Array,
    };
  }
  if (histogram !== undefined) {
    const parts = fieldsOf(histogram as Uint8Array);
    const [min, max, num, sum, squares] = [1, 2, 3, 4, 5].map((field) => parts.get(field)![0] as number);
    const doubles = (field: number) => {
      const packed = parts.get(field)![0] as Uint8Array;
      return [...new Float64Array(packed.slice().buffer)];
    };
    value.histogram = {
      min: min!,
      max: max!,
      num: num!,
      sum: sum!,
      squares: squares!,
      limits: doubles(6),
      counts: doubles(7),
    };
  }
  return value;
}

function text(field: Field): string {
  return new TextDecoder().decode(field as Uint8Array);
}
