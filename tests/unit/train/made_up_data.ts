/**
 * Source of a data layer: batches without a pattern but always the same, with labels that can be learned; it
 * keeps its place for a resume.
 */
export const DATA = `export class DataLayer {
  position = 0;
  reshape(_, [x, label]) { x.reshape(8, 1, 12, 12); label.reshape(8); }
  forward(_, [x, label]) {
    let state = 1 + this.position++;
    const next = () => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) / 2 ** 32;
    for (let n = 0; n < 8; n++) {
      const which = Math.floor(4 * next());
      label.data[n] = which;
      for (let i = 0; i < 144; i++) x.data[n * 144 + i] = next() + (i % 4 === which ? 1 : 0);
    }
  }
  backward() {}
  saveState() { return { position: this.position }; }
  restoreState({ position }) { this.position = position; }
}`;
