import type { Net } from "../../../net/net.ts";
import type { MetricsRow } from "../metrics_file.ts";
import type { SummaryValue } from "./event_bytes.ts";
import { EventFile } from "./event_file.ts";
import { histogram } from "./histogram.ts";

/** What TensorBoard gets of a run. */
export class RunEvents extends EventFile {
  /** Adds a row of metrics as scalars: `train/loss`, `test/accuracy` and so on. */
  addRow({ iteration, net, loss, learningRate, outputs }: Omit<MetricsRow, "time" | "seconds">): void {
    const scalars = { total_loss: loss, learning_rate: learningRate, ...outputs };
    this.add(
      iteration,
      Object.entries(scalars).flatMap(([name, scalar]): SummaryValue[] =>
        scalar === undefined ? [] : [{ tag: `${net}/${name}`, scalar }]
      ),
    );
  }

  /** Adds a histogram of each parameter of a net: `conv1/0` for the weights of conv1, `conv1/1` for its bias. */
  addHistograms(iteration: number, net: Net): void {
    for (const [layer, blobs] of net.params) {
      for (const [i, blob] of blobs.entries()) {
        const found = histogram([blob.data]);
        if (found !== undefined) this.add(iteration, [{ tag: `${layer}/${i}`, histogram: found }]);
      }
    }
  }
}
