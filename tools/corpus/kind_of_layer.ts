import type { LayerParameter } from "../../proto/messages.ts";

/** What a layer is called by what it computes: its type, or the class of a layer of type Script. */
export function kindOfLayer({ type = "", script_param }: LayerParameter): string {
  return type === "Script" ? script_param?.layer ?? type : type;
}
