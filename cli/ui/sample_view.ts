import type { Net } from "../../net/mod.ts";
import { encodePng } from "../../plot/encode_png.ts";
import type { ImageInput } from "../../train/runs/outputs/find_outputs.ts";
import { imagePixels } from "../../train/runs/pictures/image_pixels.ts";
import type { Sample } from "./test_samples.ts";

/** An example, as the page shows it. */
export interface SampleView {
  key: string;
  /** Names of its class, and of that which it was taken for. */
  label?: string | undefined;
  guess?: string | undefined;
  /** The image, as the net sees it: a PNG, in Base64. */
  png: string;
  width: number;
  height: number;
}

/** Examples with their images; none for a net without images. */
export function viewSamples(
  samples: readonly Sample[],
  input: ImageInput | undefined,
  net: Net,
  nameOf: (index: number) => string,
): SampleView[] {
  if (input === undefined || samples.length === 0) return [];
  const name = [...net.blobs].find(([, blob]) => blob === input.images)?.[0] ?? "";
  const images = samples.map(({ inputs }) => inputs.get(name)!);
  const shape = images[0]!.shape.slice(1);
  const pixels = imagePixels({
    images: images.map(({ values }) => values),
    shape,
    transform: input.transform,
  });
  const text = (index: number | undefined) => index === undefined ? undefined : nameOf(index);
  return samples.map(({ key, label, guess }, i) => {
    const { width, height } = pixels[i]!;
    return {
      key,
      label: text(label),
      guess: text(guess),
      png: encodePng(pixels[i]!).toBase64(),
      width,
      height,
    };
  });
}
