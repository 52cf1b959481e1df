/** Weights and images that nobody has to store: pseudo-random numbers by a hash of their names. */
export class Formula {
  constructor(readonly seed: number) {}

  /** Element i: (mix32(fnv1a32(name) + i + seed * 0x9E3779B9) >>> 8) / 2^23 - 1. */
  values(name: string, count: number): Float32Array<ArrayBuffer> {
    const start = fnv1a32(name) + Math.imul(this.seed, 0x9e3779b9);
    return Float32Array.from(
      { length: count },
      (_, i) => (mix32(start + i) >>> 8) / 2 ** 23 - 1,
    );
  }

  parameter(name: string, shape: readonly number[]): Float32Array<ArrayBuffer> {
    const values = this.values(name, shape.reduce((a, b) => a * b, 1));
    if (shape.length === 4) {
      const scale = Math.sqrt(3 / (shape[1] * shape[2] * shape[3]));
      return values.map((v) => v * scale);
    }
    return name.endsWith("bias") ? values.map((v) => 0.05 * v) : values.map((v) => 0.25 + 0.1 * v);
  }

  /** Parameters whose formula names are `<prefix><name>`. */
  source(prefix: string) {
    return {
      get: (name: string, shape: readonly number[]) => ({
        shape,
        data: this.parameter(`${prefix}${name}`, shape),
      }),
    };
  }

  /** Smooth waves, [b][c][h][w]. */
  image(name: string, [b, c, h, w]: readonly number[]): Float32Array<ArrayBuffer> {
    const image = new Float32Array(b * c * h * w);
    for (let plane = 0; plane < b * c; plane++) {
      const p = this.values(`${name}/${Math.floor(plane / c)}/${plane % c}`, 9);
      for (let y = 0; y < h; y++) {
        for (let x = 0; x < w; x++) {
          let v = 0.5;
          for (let k = 0; k < 3; k++) {
            const phase = 4 * p[3 * k] * y / h + 4 * p[3 * k + 1] * x / w + p[3 * k + 2];
            v += Math.sin(2 * Math.PI * phase) / 6;
          }
          image[(plane * h + y) * w + x] = v;
        }
      }
    }
    return image;
  }
}

function fnv1a32(text: string): number {
  return new TextEncoder().encode(text).reduce(
    (hash, byte) => Math.imul(hash ^ byte, 0x01000193),
    0x811c9dc5 | 0,
  );
}

function mix32(value: number): number {
  let x = value | 0;
  x = Math.imul(x ^ (x >>> 16), 0x7feb352d);
  x = Math.imul(x ^ (x >>> 15), 0x846ca68b);
  return x ^ (x >>> 16);
}
