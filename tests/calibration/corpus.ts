import type { GapGram } from "../../src/calibration/grams.ts";
import type { LearningStack } from "../../src/calibration/learn.ts";
import type { Matrix } from "../../src/calibration/solve.ts";
import { shared } from "../support/shared.ts";

/** A gap as the scripts that PyTorch and NumPy ran wrote it: [i][j][band], the flow's row last. */
interface StoredGap {
  readonly band: readonly (readonly (readonly number[])[])[];
  readonly plain: Matrix;
  readonly n: number;
}

async function readGzip(path: string): Promise<unknown> {
  using file = await Deno.open(path);
  return await new Response(file.readable.pipeThrough(new DecompressionStream("gzip"))).json();
}

/** The gap without the flow, and without the network where 2 features are wanted. */
function gapOf({ band, plain, n }: StoredGap, features: number): GapGram {
  const places = Array.from({ length: features + 1 }, (_, i) => i);
  const errors = Array.from({ length: 2 * features }, (_, i) => i);
  return {
    bands: band[0][0].map((_, b) => places.map((i) => places.map((j) => band[i][j][b]))),
    errors: errors.map((i) => errors.map((j) => plain[i][j])),
    pixels: n,
  };
}

/** 38 stacks as Gram matrices: whole, from another corner, and with every second slice. */
export async function corpusGrams(
  features = 3,
): Promise<{ first: LearningStack[]; all: LearningStack[] } | undefined> {
  const names = ["corpus", "corpus_corner", "corpus_corner_stride2"];
  const paths = names.map((name) => shared(`science/${name}.json.gz`));
  const groupsPath = shared("corpus/repositories.json");
  if (!groupsPath || paths.some((path) => !path)) return undefined;
  const groups = JSON.parse(await Deno.readTextFile(groupsPath)) as Record<string, string>;
  const files = await Promise.all(paths.map(async (path) => {
    const stored = await readGzip(path!) as Record<string, { fit: StoredGap[]; test: StoredGap[] }>;
    return Object.entries(stored).map(([name, { fit, test }]) => ({
      name,
      group: groups[`${name}.tif`] ?? name,
      wide: fit.map((gap) => gapOf(gap, features)),
      near: test.map((gap) => gapOf(gap, features)),
    })).filter(({ wide, near }) => wide.length > 0 && near.length > 0);
  }));
  return { first: files[0], all: files.flat() };
}
