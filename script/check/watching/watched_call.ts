import type { Blob } from "../../../ffi/blob.ts";
import { elementAt, type FindingDetails, type LayerRule } from "../finding.ts";
import type { BlobKind, LayerMethod } from "../finding_key.ts";
import { userFrame } from "../user_frame.ts";
import { Shadow, type WrittenElement } from "./shadow.ts";

/** The blobs of a layer; in place, a blob is both bottom and top. */
export interface LayerArrays {
  bottoms: readonly Blob[];
  tops: readonly Blob[];
  params: readonly Blob[];
}

/** Takes a report of a layer's mistake. */
export type TellFinding = (rule: LayerRule, details: FindingDetails) => void;

/** Which of a blob's arrays. */
export type Part = "data" | "diff";

/** One call of a layer's method, on shadows of its blobs. {@link end} checks and copies what it wrote. */
export class WatchedCall {
  readonly #method: LayerMethod;
  readonly #arrays: LayerArrays;
  readonly #propagateDown: readonly boolean[];
  readonly #strict: boolean;
  readonly #tell: TellFinding;
  readonly #shadows = new Map<Blob, Partial<Record<Part, Shadow>>>();

  /** Begins a call; with `strict`, indices are watched too. */
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

  /** The shadow of a blob's data or diff, made when first used. */
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

  /** Drops the shadows of a blob that changed its size: their views are stale now. */
  release(blob: Blob): void {
    for (const shadow of Object.values(this.#shadows.get(blob) ?? {})) shadow.ended = true;
    this.#shadows.delete(blob);
  }

  /** Checks what was written to all blobs, and copies it to them. */
  end(): void {
    for (const blob of [...this.#shadows.keys()]) {
      this.handOn(blob);
      this.release(blob);
    }
  }

  /** Checks what was written to a blob's shadows, and copies it to the blob. */
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

  /** The rule that forbids this method to write a blob's data or diff; undefined where it may. */
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
