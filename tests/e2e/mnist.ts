import { datasets, makeDataset } from "../../data/mod.ts";
import { ROOT } from "./run_crema.ts";

/** Fetches MNIST into the checkout's data-cache unless it is there; the models' data layers look for it from the root. */
export async function provideMnist(): Promise<void> {
  const mnist = datasets.get("mnist");
  if (mnist === undefined) throw new Error("Expected a dataset 'mnist' but found none");
  await makeDataset(mnist, { out: `${ROOT}data-cache/mnist` });
}
