import { decode, encode } from "../../proto/codec/binary.ts";
import { CremaError } from "../../base/error.ts";
import { recordOf, writeDatum } from "./datum.ts";
import type { AnnotatedBox, SourceRecord } from "./record_source.ts";

/**
 * Reads a record from the bytes of an AnnotatedDatum, SSD's record of an image and the boxes around its objects. Throws a
 * CremaError when the bytes are something else, or its annotations are not boxes.
 */
export function readAnnotatedDatum(bytes: Uint8Array): SourceRecord {
  const { datum, type, annotation_group: groups = [] } = decode("AnnotatedDatum", bytes);
  if (datum === undefined) {
    throw new CremaError("Expected an AnnotatedDatum with a Datum but found none", {
      hint: "Is this a database of plain Datum messages? Use the layer type Data.",
    });
  }
  const record = recordOf(datum);
  if (type === undefined) return record;
  if (type !== "BBOX") throw new CremaError(`Expected boxes (BBOX) as annotations but found ${type}`);
  const boxes = groups.flatMap(({ group_label: label = 0, annotation = [] }) =>
    annotation.map(({ instance_id: instance = 0, bbox = {} }): AnnotatedBox => {
      const { xmin = 0, ymin = 0, xmax = 0, ymax = 0, difficult = false } = bbox;
      return { label, instance, xmin, ymin, xmax, ymax, difficult };
    })
  );
  return { ...record, boxes };
}

/** Encodes a record and its boxes as an AnnotatedDatum. Boxes of one class make a group. */
export function writeAnnotatedDatum(record: SourceRecord): Uint8Array {
  const datum = decode("Datum", writeDatum(record));
  if (record.boxes === undefined) return encode("AnnotatedDatum", { datum });
  const groups = Map.groupBy(record.boxes, ({ label }) => label);
  return encode("AnnotatedDatum", {
    datum,
    type: "BBOX",
    annotation_group: [...groups].map(([group_label, boxes]) => ({
      group_label,
      annotation: boxes.map(({ instance, label: _, ...bbox }) => ({ instance_id: instance, bbox })),
    })),
  });
}
