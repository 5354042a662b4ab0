/**
 * A Gaussian filter in a space of features: y_i = Σ_j exp(−‖f_i − f_j‖² / 2) x_j, nearly, for points with features
 * f of d dimensions, in time O(N d²) per channel instead of O(N²). The factor in front of the sum is not exact:
 * divide by the filter of ones.
 *
 * The lattice's cells are simplices of d + 1 corners in a plane of d + 1 coordinates whose sum is 0. Each point
 * gives its values to the corners of its simplex, by its barycentric weights (splat); the corners exchange values
 * along the d + 1 axes with the weights ½, 1, ½ (blur); and each point takes its values from its corners (slice).
 * The features are scaled so that all three together have the variance 1. Only corners of cells with points exist,
 * in a hash table.
 *
 * Adams, Baek, Davis: Fast High-Dimensional Filtering Using the Permutohedral Lattice, Eurographics 2010.
 */
export class PermutohedralLattice {
  /** The number of points. */
  readonly count: number;
  readonly #dims: number;
  /** The d + 1 corners of each point's simplex, and its weights for them. */
  readonly #corners: Int32Array;
  readonly #weights: Float32Array;
  /** How many corners there are. */
  readonly #size: number;
  /** The two neighbours of each corner along each axis, axis by axis; where there is none, `#size`. */
  readonly #neighbours: Int32Array;

  /** Builds the lattice of points with `dims` features each, (count, dims), in units of the standard deviation. */
  constructor(features: Float32Array, dims: number) {
    this.count = features.length / dims;
    this.#dims = dims;
    const places = new Places(dims, this.count);
    this.#corners = new Int32Array(this.count * (dims + 1));
    this.#weights = new Float32Array(this.count * (dims + 1));
    const simplex = new Simplex(dims);
    for (let i = 0; i < this.count; i++) {
      simplex.locate(features, i * dims);
      for (let corner = 0; corner <= dims; corner++) {
        simplex.placeOf(corner, places.place);
        this.#corners[i * (dims + 1) + corner] = places.find(true);
        this.#weights[i * (dims + 1) + corner] = simplex.weights[corner]!;
      }
    }
    this.#size = places.size;
    this.#neighbours = places.neighbours();
  }

  /** Filters `channels` values per point: from and to (count, channels), which may be the same. */
  filter(from: Float32Array, to: Float32Array, channels: number): void {
    const corners = this.#dims + 1, size = this.#size, each = this.#corners, weights = this.#weights;
    // One more corner, which stays 0, stands for neighbours that do not exist.
    let values = new Float32Array((size + 1) * channels), blurred = new Float32Array((size + 1) * channels);
    for (let i = 0, at = 0; i < this.count; i++) {
      for (let corner = 0; corner < corners; corner++, at++) {
        const weight = weights[at]!, first = each[at]! * channels;
        for (let c = 0; c < channels; c++) values[first + c]! += weight * from[i * channels + c]!;
      }
    }
    for (let axis = 0; axis < corners; axis++) {
      for (let place = 0, at = 2 * axis * size; place < size; place++, at += 2) {
        const here = place * channels, low = this.#neighbours[at]! * channels;
        const high = this.#neighbours[at + 1]! * channels;
        for (let c = 0; c < channels; c++) {
          blurred[here + c] = values[here + c]! + 0.5 * (values[low + c]! + values[high + c]!);
        }
      }
      [values, blurred] = [blurred, values];
    }
    to.fill(0);
    for (let i = 0, at = 0; i < this.count; i++) {
      for (let corner = 0; corner < corners; corner++, at++) {
        const weight = weights[at]!, first = each[at]! * channels;
        for (let c = 0; c < channels; c++) to[i * channels + c]! += weight * values[first + c]!;
      }
    }
  }
}

/** The simplex around a point. */
class Simplex {
  /** The point's barycentric weights for the corners. */
  readonly weights: Float64Array;
  readonly #dims: number;
  readonly #scale: Float64Array;
  readonly #elevated: Float64Array;
  /** The corner of remainder 0, and for each coordinate, how many others are farther from it. */
  readonly #base: Int32Array;
  readonly #rank: Int32Array;

  constructor(dims: number) {
    this.#dims = dims;
    // Splat, blur and slice together have the variance 2 (d + 1)² / 3 along each axis of the lattice.
    const deviation = Math.sqrt(2 / 3) * (dims + 1);
    this.#scale = Float64Array.from({ length: dims }, (_, i) => deviation / Math.sqrt((i + 1) * (i + 2)));
    this.#elevated = new Float64Array(dims + 1);
    this.#base = new Int32Array(dims + 1);
    this.#rank = new Int32Array(dims + 1);
    this.weights = new Float64Array(dims + 2);
  }

  /** Finds the simplex of the point whose features begin at `at`. */
  locate(features: Float32Array, at: number): void {
    const d = this.#dims, elevated = this.#elevated, base = this.#base, rank = this.#rank;
    let below = 0; // Σ of the scaled features from here on
    for (let i = d; i > 0; i--) {
      const scaled = features[at + i - 1]! * this.#scale[i - 1]!;
      elevated[i] = below - i * scaled;
      below += scaled;
    }
    elevated[0] = below;

    let sum = 0;
    for (let i = 0; i <= d; i++) {
      base[i] = Math.round(elevated[i]! / (d + 1)) * (d + 1);
      sum += base[i]! / (d + 1);
    }
    rank.fill(0);
    for (let i = 0; i < d; i++) {
      for (let j = i + 1; j <= d; j++) {
        if (elevated[i]! - base[i]! < elevated[j]! - base[j]!) rank[i]!++;
        else rank[j]!++;
      }
    }
    // The rounded point is outside the plane by `sum` steps: those coordinates that were rounded most go back.
    for (let i = 0; i <= d; i++) {
      rank[i]! += sum;
      if (rank[i]! < 0) {
        rank[i]! += d + 1;
        base[i]! += d + 1;
      } else if (rank[i]! > d) {
        rank[i]! -= d + 1;
        base[i]! -= d + 1;
      }
    }

    const weights = this.weights.fill(0);
    for (let i = 0; i <= d; i++) {
      const part = (elevated[i]! - base[i]!) / (d + 1);
      weights[d - rank[i]!]! += part;
      weights[d + 1 - rank[i]!]! -= part;
    }
    weights[0]! += 1 + weights[d + 1]!;
  }

  /** Writes the first d coordinates of a corner; the last follows from them. */
  placeOf(corner: number, place: Int32Array): void {
    for (let i = 0; i < this.#dims; i++) {
      place[i] = this.#base[i]! + corner - (this.#rank[i]! > this.#dims - corner ? this.#dims + 1 : 0);
    }
  }
}

/** The corners that exist, numbered as they come, by their coordinates: a hash table with open addresses. */
class Places {
  /** The coordinates that {@link find} looks for. */
  readonly place: Int32Array;
  /** How many there are. */
  size = 0;
  readonly #dims: number;
  #coordinates: Int32Array;
  #slots: Int32Array;

  constructor(dims: number, points: number) {
    this.#dims = dims;
    this.place = new Int32Array(dims);
    this.#coordinates = new Int32Array(Math.max(points, 16) * dims);
    this.#slots = new Int32Array(2 ** Math.ceil(Math.log2(Math.max(points, 16) * 2))).fill(-1);
  }

  /** The number of the corner at {@link place}. If it does not exist: a new one if asked for, else −1. */
  find(add: boolean): number {
    const d = this.#dims, mask = this.#slots.length - 1;
    let slot = this.#hash(this.place, 0) & mask;
    for (; this.#slots[slot]! >= 0; slot = (slot + 1) & mask) {
      const found = this.#slots[slot]!;
      let i = 0;
      while (i < d && this.#coordinates[found * d + i] === this.place[i]) i++;
      if (i === d) return found;
    }
    if (!add) return -1;
    if ((this.size + 1) * d > this.#coordinates.length) {
      const more = new Int32Array(2 * this.#coordinates.length);
      more.set(this.#coordinates);
      this.#coordinates = more;
    }
    this.#coordinates.set(this.place, this.size * d);
    this.#slots[slot] = this.size++;
    if (2 * this.size > this.#slots.length) this.#grow();
    return this.size - 1;
  }

  /** The two neighbours of each corner along each of the d + 1 axes; {@link size} for those that do not exist. */
  neighbours(): Int32Array {
    const d = this.#dims, all = new Int32Array(2 * (d + 1) * this.size);
    for (let axis = 0, at = 0; axis <= d; axis++) {
      for (let corner = 0; corner < this.size; corner++) {
        for (const step of [-1, 1]) {
          for (let i = 0; i < d; i++) {
            this.place[i] = this.#coordinates[corner * d + i]! + (i === axis ? -d : 1) * step;
          }
          const found = this.find(false);
          all[at++] = found < 0 ? this.size : found;
        }
      }
    }
    return all;
  }

  #hash(coordinates: Int32Array, at: number): number {
    let hash = 0;
    for (let i = 0; i < this.#dims; i++) {
      hash = Math.imul(hash ^ coordinates[at + i]!, 0x2c1b3c6d);
      hash ^= hash >>> 15; // the table uses the low bits, which the product alone does not mix
    }
    return hash;
  }

  #grow(): void {
    this.#slots = new Int32Array(2 * this.#slots.length).fill(-1);
    const mask = this.#slots.length - 1;
    for (let number = 0; number < this.size; number++) {
      let slot = this.#hash(this.#coordinates, number * this.#dims) & mask;
      while (this.#slots[slot]! >= 0) slot = (slot + 1) & mask;
      this.#slots[slot] = number;
    }
  }
}
