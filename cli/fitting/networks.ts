import { CremaError } from "../../base/mod.ts";
import { nearest } from "../../base/distance.ts";
import { locationOf, netFromText, type NetParameter, readNet } from "../../proto/mod.ts";
import { smallNet } from "../../train/fitting/mod.ts";
import lenet from "../../models/lenet/net.prototxt" with { type: "text" };
import mobilenetV1 from "../../models/mobilenet_v1/net.prototxt" with { type: "text" };
import resnet18 from "../../models/resnet18/net.prototxt" with { type: "text" };
import squeezenet from "../../models/squeezenet/net.prototxt" with { type: "text" };

/** A network that can be fitted to images. */
export interface Network {
  /** Its name, or the path of its prototxt. */
  readonly name: string;
  /** The net, for images of a side. */
  readonly netFor: (side: number) => NetParameter;
  /** Width and height of its images, where it says so itself or weights for it were trained with it. */
  readonly side?: number | undefined;
  /** Whether it takes grey images where all are grey. */
  readonly takesGray: boolean;
}

/** The networks that go by a name: their text, and the side of the images that published weights were trained with. */
const NAMED = {
  small: {},
  lenet: { text: lenet, side: 28 },
  resnet18: { text: resnet18, side: 224 },
  squeezenet: { text: squeezenet, side: 227 },
  mobilenet_v1: { text: mobilenetV1, side: 224 },
} as const;

/** The names of the networks. */
export const NETWORKS: readonly string[] = Object.keys(NAMED);

/** The network of a name, or of a prototxt at a path. Throws a CremaError when there is neither. */
export async function findNetwork(name: string): Promise<Network> {
  if (Object.hasOwn(NAMED, name)) {
    const { text, side }: { text?: string; side?: number } = NAMED[name as keyof typeof NAMED];
    const netFor = (side: number) =>
      text === undefined ? smallNet(side) : netFromText(text, `models/${name}/net.prototxt`);
    return { name, netFor, side, takesGray: name === "small" || name === "lenet" };
  }
  if (!/[./]/.test(name)) {
    const near = nearest(name, NETWORKS);
    throw new CremaError(`Expected a --model, ${NETWORKS.join(", ")} or a prototxt, but found '${name}'`, {
      hint: near === undefined ? undefined : `Did you mean '${near}'?`,
    });
  }
  const net = await readNet(name);
  if ((net.layer ?? []).length === 0) {
    throw new CremaError("Expected a net with layers but found none", {
      ...(locationOf(net) ?? { file: name }),
    });
  }
  return { name, netFor: () => net, side: sideOf(net), takesGray: channelsOf(net) === 1 };
}

/** The side of a net's images: of its Input layer, or its data layer's crop. */
function sideOf({ layer = [] }: NetParameter): number | undefined {
  for (const { input_param, transform_param } of layer) {
    const { dim = [] } = input_param?.shape?.[0] ?? {};
    if (dim.length === 4) return dim[2];
    if (transform_param?.crop_size) return transform_param.crop_size;
  }
  return undefined;
}

function channelsOf({ layer = [] }: NetParameter): number | undefined {
  const { dim = [] } = layer.find(({ input_param }) => input_param !== undefined)?.input_param?.shape?.[0] ??
    {};
  return dim.length === 4 ? dim[1] : undefined;
}
