import type { Series, SurveyedStack } from "./split.ts";
import { placeInWords } from "../message.ts";
import { type WeakPair, weakPairs } from "./survey.ts";

/** Weak pairs that are listed for a stack, the weakest first. */
const MOST_LISTED = 5;

/** What the user should know of the stacks and the split, sentence by sentence. */
export function reportsOf(
  stacks: readonly SurveyedStack[],
  training: readonly Series[],
  validation: readonly Series[],
  skipUncorrelated: boolean,
): string[] {
  const types = [...new Set(stacks.map(({ reader }) => reader.info.sampleType))];
  return [
    ...types.length > 1
      ? [`The stacks hold ${types.join(" and ")} samples; each is normalised by itself.`]
      : [],
    ...stacks.flatMap((stack) => describeWeakPairs(stack, skipUncorrelated)),
    `Training on ${describe(training)}.`,
    validation.length > 0
      ? `Validating on ${describe(validation)}, which are not trained on.`
      : "Nothing is held back for validation: give more slices, or a stack to validate on.",
  ];
}

function describe(series: readonly Series[]): string {
  const triplets = series.reduce((sum, one) => sum + one.triplets.length, 0);
  const parts = new Map(series.map((one) => [one.stack, one]));
  const names = [...parts.values()].map(({ stack, first, end }) =>
    end - first === stack.reader.info.sizes.z
      ? stack.reader.name
      : `${stack.reader.name} (${placeInWords({ slice: first, lastSlice: end - 1 })})`
  );
  return `${triplets} ${triplets === 1 ? "triplet" : "triplets"} of ${names.join(", ")}`;
}

function describeWeakPairs(stack: SurveyedStack, skipped: boolean): string[] {
  const { reader } = stack;
  const { sizes } = reader.info;
  const pairs = weakPairs(stack.survey).toSorted((a, b) => a.correlation - b.correlation);
  if (pairs.length === 0) return [];
  const where = ({ t, c }: WeakPair) => {
    const series = placeInWords({
      channel: sizes.c > 1 ? c : undefined,
      frame: sizes.t > 1 ? t : undefined,
    });
    return series && ` of ${series}`;
  };
  const listed = pairs.slice(0, MOST_LISTED).map((pair) =>
    `${pair.z + 1} and ${pair.z + 2}${where(pair)} (${pair.correlation.toFixed(3)}, ` +
    `median ${pair.median.toFixed(3)})`
  );
  const more = pairs.length > listed.length ? `; and ${pairs.length - listed.length} more` : "";
  const consequence = skipped ? "left out" : "kept";
  return [
    `${reader.name}: neighbouring slices that correlate far less than the others: ${
      listed.join("; ")
    }${more}; ` +
    `triplets over them are ${consequence}.`,
  ];
}
