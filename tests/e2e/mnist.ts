import { datasets, makeDataset } from "../../data/mod.ts";
import { ROOT } from "./run_crema.ts";

/** Brings MNIST to the checkout's data-cache unless it is there; the models' data layers find it from the root. */
export async function provideMnist(): Promise<void> {
  const mnist = datasets.get("mnist");
  if (mnist === undefined) throw new Error("Expected a dataset 'mnist' but found none");
  await makeDataset(mnist, { out: `${ROOT}data-cache/mnist` });
}
