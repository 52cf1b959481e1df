/**
 * The orthonormal two-dimensional DCT-II of blocks of one shape, and its inverse, in float64.
 * Coefficients lie as samples do: [height][width], low frequencies first. Lee's recursion (1984):
 * an even length is two of half the length, an odd one is summed as the formula says.
 */
export class BlockDct {
  readonly height: number;
  readonly width: number;
  readonly #scratch: Float64Array;
  readonly #turned: Float64Array;
  /** What makes the transform orthonormal, [height][width]. */
  readonly #norms: Float64Array;

  constructor(height: number, width: number) {
    this.height = height;
    this.width = width;
    this.#scratch = new Float64Array(height * width);
    this.#turned = new Float64Array(height * width);
    this.#norms = Float64Array.from(
      { length: height * width },
      (_, i) => norm(Math.floor(i / width), height) * norm(i % width, width),
    );
  }

  /** Replaces samples by coefficients. */
  forward(block: Float64Array): void {
    this.#alongBoth(block, forwardLines);
    for (let i = 0; i < block.length; i++) block[i] *= this.#norms[i];
  }

  /** Replaces coefficients by samples. */
  inverse(block: Float64Array): void {
    for (let i = 0; i < block.length; i++) block[i] *= this.#norms[i];
    this.#alongBoth(block, inverseLines);
  }

  #alongBoth(block: Float64Array, transform: typeof forwardLines): void {
    const { height, width } = this;
    transform(block, this.#scratch, 0, height, width);
    transpose(block, this.#turned, height, width);
    transform(this.#turned, this.#scratch, 0, width, height);
    transpose(this.#turned, block, width, height);
  }
}

function norm(frequency: number, length: number): number {
  return Math.sqrt((frequency === 0 ? 1 : 2) / length);
}

function transpose(from: Float64Array, to: Float64Array, height: number, width: number): void {
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) to[x * height + y] = from[y * width + x];
  }
}

/**
 * Sums x_j cos(pi (2j + 1) k / 2n) of lines first..first + n, each `width` long, in place; the same
 * lines of `scratch` are overwritten.
 */
function forwardLines(
  values: Float64Array,
  scratch: Float64Array,
  first: number,
  n: number,
  width: number,
): void {
  if (n % 2 === 1) return oddLines(values, scratch, first, n, width, (j, k) => cosine(j, k, n));
  const half = n / 2;
  const secants = secantsOf(n);
  for (let j = 0; j < half; j++) {
    const near = (first + j) * width;
    const far = (first + n - 1 - j) * width;
    const differences = near + half * width;
    for (let i = 0; i < width; i++) {
      scratch[near + i] = values[near + i] + values[far + i];
      scratch[differences + i] = (values[near + i] - values[far + i]) * secants[j];
    }
  }
  forwardLines(scratch, values, first, half, width);
  forwardLines(scratch, values, first + half, half, width);
  for (let k = 0; k < half; k++) {
    const even = (first + k) * width;
    const odd = even + half * width;
    const to = (first + 2 * k) * width;
    const last = k === half - 1;
    for (let i = 0; i < width; i++) {
      values[to + i] = scratch[even + i];
      values[to + width + i] = last
        ? scratch[odd + i]
        : scratch[odd + i] + scratch[odd + width + i];
    }
  }
}

/** The transpose of {@link forwardLines}, every step of it undone from the last to the first. */
function inverseLines(
  values: Float64Array,
  scratch: Float64Array,
  first: number,
  n: number,
  width: number,
): void {
  if (n % 2 === 1) return oddLines(values, scratch, first, n, width, (k, j) => cosine(j, k, n));
  const half = n / 2;
  const secants = secantsOf(n);
  for (let k = 0; k < half; k++) {
    const even = (first + k) * width;
    const odd = even + half * width;
    const from = (first + 2 * k) * width;
    for (let i = 0; i < width; i++) {
      scratch[even + i] = values[from + i];
      const below = k === 0 ? 0 : values[from - width + i];
      scratch[odd + i] = values[from + width + i] + below;
    }
  }
  inverseLines(scratch, values, first, half, width);
  inverseLines(scratch, values, first + half, half, width);
  for (let j = 0; j < half; j++) {
    const near = (first + j) * width;
    const far = (first + n - 1 - j) * width;
    const differences = near + half * width;
    for (let i = 0; i < width; i++) {
      const sum = scratch[near + i];
      const difference = scratch[differences + i] * secants[j];
      values[near + i] = sum + difference;
      values[far + i] = sum - difference;
    }
  }
}

function cosine(sample: number, frequency: number, n: number): number {
  return Math.cos(Math.PI * (2 * sample + 1) * frequency / (2 * n));
}

/** Replaces line `to` by the sum of factor(from, to) * line `from`. */
function oddLines(
  values: Float64Array,
  scratch: Float64Array,
  first: number,
  n: number,
  width: number,
  factor: (from: number, to: number) => number,
): void {
  if (n === 1) return;
  const lines = [first * width, (first + n) * width] as const;
  scratch.set(values.subarray(...lines), first * width);
  values.fill(0, ...lines);
  for (let to = 0; to < n; to++) {
    for (let from = 0; from < n; from++) {
      const share = factor(from, to);
      for (let i = 0; i < width; i++) {
        values[(first + to) * width + i] += share * scratch[(first + from) * width + i];
      }
    }
  }
}

const secants = new Map<number, Float64Array>();

/** 1 / (2 cos(pi (2j + 1) / 2n)) for the first half of the lines. */
function secantsOf(n: number): Float64Array {
  let found = secants.get(n);
  if (!found) {
    found = Float64Array.from(
      { length: n / 2 },
      (_, j) => 1 / (2 * Math.cos(Math.PI * (2 * j + 1) / (2 * n))),
    );
    secants.set(n, found);
  }
  return found;
}
