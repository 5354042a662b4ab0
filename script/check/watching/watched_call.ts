import type { Blob } from "../../../ffi/blob.ts";
import { elementAt, type FindingDetails, type LayerRule } from "../finding.ts";
import type { BlobKind, LayerMethod } from "../finding_key.ts";
import { userFrame } from "../user_frame.ts";
import { Shadow, type WrittenElement } from "./shadow.ts";

/** The blobs of a layer: in place, one can be a bottom and a top. */
export interface LayerArrays {
  bottoms: readonly Blob[];
  tops: readonly Blob[];
  params: readonly Blob[];
}

/** Hears of what a layer did wrong. */
export type TellFinding = (rule: LayerRule, details: FindingDetails) => void;

/** Which of a blob's arrays. */
export type Part = "data" | "diff";

/** One call of a layer's method on shadows of its blobs; {@link end} judges what it wrote, and hands it on. */
export class WatchedCall {
  readonly #method: LayerMethod;
  readonly #arrays: LayerArrays;
  readonly #propagateDown: readonly boolean[];
  readonly #strict: boolean;
  readonly #tell: TellFinding;
  readonly #shadows = new Map<Blob, Partial<Record<Part, Shadow>>>();

  /** Begins a call; with `strict`, indices are watched as well. */
  constructor(
    method: LayerMethod,
    arrays: LayerArrays,
    propagateDown: readonly boolean[],
    strict: boolean,
    tell: TellFinding,
  ) {
    this.#method = method;
    this.#arrays = arrays;
    this.#propagateDown = propagateDown;
    this.#strict = strict;
    this.#tell = tell;
  }

  /** The shadow of a blob's data or diff, made at its first use. */
  shadow(blob: Blob, part: Part): Shadow {
    let shadows = this.#shadows.get(blob);
    if (shadows === undefined) this.#shadows.set(blob, shadows = {});
    const whose = `${this.#name(blob)}'s ${part}`;
    return shadows[part] ??= new Shadow(blob[part], this.#strict, {
      stale: () => {
        this.#tell("stale-view", {
          what: `a view of ${whose} is used after the call (${this.#method}) that asked for it`,
          key: { blob: this.#kind(blob) },
          at: userFrame(new Error()),
        });
      },
      outOfRange: (access, index, offset) => {
        const from = offset === 0 ? "" : ` of the part from element ${offset} on`;
        this.#tell("out-of-range", {
          what:
            `${this.#method} ${access} index ${index}${from} of ${whose}, which has ${blob.count} elements`,
          key: { method: this.#method, access, index: Number.isFinite(Number(index)) ? undefined : index },
          at: userFrame(new Error()),
        });
      },
    });
  }

  /** Forgets the shadows of a blob that got another size: views of them are stale. */
  release(blob: Blob): void {
    for (const shadow of Object.values(this.#shadows.get(blob) ?? {})) shadow.ended = true;
    this.#shadows.delete(blob);
  }

  /** Judges what was written to all blobs, and hands it on. */
  end(): void {
    for (const blob of [...this.#shadows.keys()]) {
      this.handOn(blob);
      this.release(blob);
    }
  }

  /** Judges what was written to a blob, and hands it on. */
  handOn(blob: Blob): void {
    const shadows = this.#shadows.get(blob) ?? {};
    for (const part of ["data", "diff"] as const) {
      const shadow = shadows[part];
      if (shadow === undefined) continue;
      const whose = `${this.#name(blob)}'s ${part}`;
      const beside = shadow.writtenBeside();
      if (beside !== undefined) {
        this.#tell("guard-zone", {
          what:
            `${this.#method} writes element ${beside.index} of ${whose}, which has ${blob.count} elements`,
          key: { method: this.#method },
        });
      }
      const written = shadow.written();
      if (written === undefined) continue;
      const rule = this.#rule(blob, part);
      if (rule !== undefined) this.#tell(rule, this.#details(whose, blob, written));
      blob[part].set(shadow.values);
    }
  }

  #details(whose: string, blob: Blob, { index, before, after, others }: WrittenElement): FindingDetails {
    return {
      what: `${this.#method} writes ${whose}`,
      key: { method: this.#method, blob: this.#kind(blob) },
      element: elementAt(index, blob.shape),
      expected: before,
      found: after,
      others,
    };
  }

  /** The rule that forbids to write a blob's data or diff in this method; undefined where it is allowed. */
  #rule(blob: Blob, part: Part): LayerRule | undefined {
    const { bottoms, tops, params } = this.#arrays;
    const isTop = tops.includes(blob), isBottom = bottoms.includes(blob);
    if (params.includes(blob)) {
      if (part === "data") return this.#method === "backward" ? "parameter-data-written" : undefined;
      return this.#method === "backward" ? undefined : "diff-written-in-forward";
    }
    if (this.#method !== "backward") {
      if (part === "diff") return isTop ? "top-diff-written" : "diff-written-in-forward";
      return isTop ? undefined : "bottom-data-written";
    }
    if (part === "data") return isBottom ? "bottom-data-written" : "top-data-written";
    if (!isBottom) return "top-diff-written";
    const wanted = bottoms.some((bottom, i) => bottom === blob && this.#propagateDown[i]);
    return wanted ? undefined : "unwanted-diff-written";
  }

  /** What the blob is called in a finding: "bottom 0". */
  #name(blob: Blob): string {
    const place = placeOf(blob, this.#arrays);
    return place === undefined ? "a blob" : `${place.kind} ${place.index}`;
  }

  #kind(blob: Blob): BlobKind | undefined {
    return placeOf(blob, this.#arrays)?.kind;
  }
}

/** What a blob is to the layer, and its index among those of its kind; undefined for another layer's blob. */
function placeOf(
  blob: Blob,
  { bottoms, tops, params }: LayerArrays,
): { kind: BlobKind; index: number } | undefined {
  for (const [kind, blobs] of [["bottom", bottoms], ["top", tops], ["parameter", params]] as const) {
    const index = blobs.indexOf(blob);
    if (index >= 0) return { kind, index };
  }
  return undefined;
}
