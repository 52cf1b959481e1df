import { placeInWords } from "../message.ts";
import { TOP } from "../stack/samples.ts";
import {
  pictureChannels,
  type SampleType,
  type Slice,
  type StackInfo,
  type StackReader,
} from "../stack/stack.ts";

/** A slice that can't be what the microscope saw, or that was said not to be. */
export interface DamagedSlice {
  readonly t: number;
  readonly c: number;
  readonly z: number;
  /** In words: "holds 0 everywhere". */
  readonly reason: string;
}

/** What {@link findDamage} takes. */
export interface DamageOptions {
  readonly signal?: AbortSignal;
}

/** How far a slice looks for others that resemble it. */
const REACH = 4;
/** Slices are compared in about this many samples. */
const SAMPLES = 16384;
/** What lies around a slice must resemble itself by so much before the slice can stand out. */
const LIKENESS = 0.5;
/** A slice stands out that resembles nothing around by this share of it. */
const STRANGENESS = 0.5;
/** Shares of samples at the type's end: of a saturated slice, and of a stack that is not so. */
const SATURATED = 0.5;
const USUAL = 0.25;

const MISSING = "is not in the file";

/** The slices that a file lacks, where it was opened to have them filled. */
export function missingDamage({ missing = [] }: Pick<StackInfo, "missing">): DamagedSlice[] {
  return missing.map(({ t, c, z }) => ({
    t,
    c,
    z,
    reason: MISSING,
  }));
}

/** What is kept of a slice. */
interface SliceTraits {
  readonly sample: Float32Array;
  readonly saturation: number;
  readonly fault?: string;
}

/**
 * Finds slices that are blank, saturated where the others are not, the same as the one before bit
 * for bit, not finite, or unlike everything around them where what is around is alike. Channels and
 * frames are judged apart. A slice that is only darker or moved sideways is not found.
 */
export async function findDamage(
  reader: StackReader,
  { signal }: DamageOptions = {},
): Promise<DamagedSlice[]> {
  const { t: frames, z: depth } = reader.info.sizes;
  const lacking = missingDamage(reader.info);
  const missing = new Set(lacking.map(({ t, c, z }) => `${t},${c},${z}`));
  // Transparency is no picture that could be judged, but may lack slices, too.
  const found = lacking.filter(({ c }) => c === reader.info.alpha);
  for (let t = 0; t < frames; t++) {
    for (const c of pictureChannels(reader.info)) {
      const traits: SliceTraits[] = [];
      let before: Slice | undefined;
      for (let z = 0; z < depth; z++) {
        signal?.throwIfAborted();
        if (missing.has(`${t},${c},${z}`)) {
          traits.push({ sample: new Float32Array(), saturation: 0, fault: MISSING });
          continue;
        }
        const slice = await reader.readSlice(t, c, z);
        traits.push(traitsOf(slice, reader.info.sampleType, z, before));
        before = slice;
      }
      found.push(...judge(traits).map(({ z, reason }) => ({ t, c, z, reason })));
    }
  }
  return found;
}

function traitsOf(slice: Slice, type: SampleType, z: number, before?: Slice): SliceTraits {
  const top = type === "float32" ? Infinity : TOP[type];
  let [min, max, saturated] = [Infinity, -Infinity, 0];
  for (let i = 0; i < slice.length; i++) {
    const value = slice[i];
    if (!Number.isFinite(value)) {
      return { sample: new Float32Array(), saturation: 0, fault: `holds ${value}` };
    }
    if (value < min) min = value;
    if (value > max) max = value;
    if (value === top) saturated++;
  }
  const step = Math.ceil(slice.length / SAMPLES) | 1;
  const sample = Float32Array.from(
    { length: Math.ceil(slice.length / step) },
    (_, i) => slice[i * step],
  );
  const saturation = saturated / slice.length;
  if (min === max) return { sample, saturation, fault: `holds ${min} everywhere` };
  const same = before?.every((value, i) => value === slice[i]);
  if (same) {
    const before = placeInWords({ slice: z - 1 });
    return { sample, saturation, fault: `is the same as ${before}, bit for bit` };
  }
  return { sample, saturation };
}

function judge(traits: readonly SliceTraits[]): { z: number; reason: string }[] {
  const shares = traits.map(({ saturation }) => saturation).sort((a, b) => a - b);
  const usual = shares[Math.floor(shares.length / 2)];
  const reasons = traits.map(({ fault, saturation }) => {
    if (fault || saturation < SATURATED || usual >= USUAL) return fault;
    return `is saturated: ${(100 * saturation).toFixed(0)} % of its samples are at the type's end`;
  });
  const likeness = remembered((i, j) => correlation(traits[i].sample, traits[j].sample));
  const strange = traits.map((_, z) => {
    if (reasons[z]) return undefined;
    const around: number[] = [];
    for (let k = Math.max(0, z - REACH); k <= Math.min(traits.length - 1, z + REACH); k++) {
      if (k !== z && !reasons[k]) around.push(k);
    }
    const own = Math.max(-1, ...around.map((k) => likeness(z, k)));
    const pairs = around.flatMap((i) => around.filter((j) => i < j).map((j) => [i, j]));
    const across = pairs.filter(([i, j]) => i < z && z < j);
    // At an end nothing lies across.
    const theirs = Math.max(
      -1,
      ...(across.length > 0 ? across : pairs).map(([i, j]) => likeness(i, j)),
    );
    if (theirs < LIKENESS || own >= STRANGENESS * theirs) return undefined;
    return `resembles no slice around (correlation ${own.toFixed(2)}; these resemble each other ` +
      `by ${theirs.toFixed(2)})`;
  });
  return traits.flatMap((_, z) => {
    const reason = reasons[z] ?? strange[z];
    return reason ? [{ z, reason }] : [];
  });
}

/** Pearson's correlation; 0 where one side is constant. */
function correlation(a: Float32Array, b: Float32Array): number {
  const n = a.length;
  let [sumA, sumB] = [0, 0];
  for (let i = 0; i < n; i++) {
    sumA += a[i];
    sumB += b[i];
  }
  let [products, squaresA, squaresB] = [0, 0, 0];
  for (let i = 0; i < n; i++) {
    const [x, y] = [a[i] - sumA / n, b[i] - sumB / n];
    products += x * y;
    squaresA += x * x;
    squaresB += y * y;
  }
  return products / Math.sqrt(squaresA * squaresB) || 0;
}

function remembered(value: (i: number, j: number) => number): (i: number, j: number) => number {
  const known = new Map<string, number>();
  return (i, j) => {
    const key = i < j ? `${i},${j}` : `${j},${i}`;
    const found = known.get(key) ?? value(i, j);
    known.set(key, found);
    return found;
  };
}
