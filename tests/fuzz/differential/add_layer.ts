import type { NetDraft } from "./net_draft.ts";

/** Adds a layer of one type to a draft; does nothing when no value suits it. */
export type AddLayer = (net: NetDraft) => unknown;

/** Whether two shapes are the same. */
export const same = (a: readonly number[], b: readonly number[]) => a.join() === b.join();

/** An axis as a prototxt may name it: from the front or from the end. */
export const named = (net: NetDraft, axis: number, axes: number) => net.chance(0.3) ? axis - axes : axis;
