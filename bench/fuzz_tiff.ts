/**
 * Changes stacks of every kind that is read, and reads them: `deno task bench:fuzz [trials] [seed]`.
 * Ends with code 1 where one ends in an untyped error, takes more than two seconds, or gives
 * pixels that were cut.
 */
import { fuzz } from "../tests/io/fuzz.ts";

const [trials = 12_000, seed = 1] = Deno.args.map(Number);
const { faults, refused, read, slowest } = await fuzz(trials, { seed });
console.log(`${trials} mutations (seed ${seed}): ${refused} refused, ${read} read`);
console.log(`slowest: ${slowest.milliseconds.toFixed(0)} ms (${slowest.trial})`);
for (const fault of faults) console.log(fault);
Deno.exit(faults.length === 0 ? 0 : 1);
