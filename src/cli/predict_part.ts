import { render } from "../core.ts";
import { FLAGS } from "../files/flags_face.ts";
import type { PredictionJob } from "../files/predict_file.ts";
import type { Shard } from "../files/shard.ts";
import { predictShard, ShardInterruptedError } from "../files/shard_file.ts";
import { pathOf, type StackPath } from "../files/stack_path.ts";
import { formatSeconds } from "../files/quantities.ts";
import type { BatchFlags } from "./predict_batch.ts";
import { InterruptedError, shown } from "./terminal.ts";

/** Predicts one shard of a stack into a folder and says what became of it. */
export async function predictPart(
  input: StackPath,
  folder: string,
  shard: Shard,
  job: PredictionJob,
  { resume = false, json }: BatchFlags,
): Promise<void> {
  try {
    const report = await shown(
      pathOf(input),
      (observer) => predictShard(input, folder, { shard, resume }, job, observer),
    );
    if (json) return console.log(JSON.stringify(report));
    const { output, rows, rowsBefore, seconds } = report;
    const there = rowsBefore > 0 ? `, ${rowsBefore} of them there already` : "";
    console.log(`${output}: ${rows} slices${there}, in ${formatSeconds(seconds)}.`);
  } catch (error) {
    if (error instanceof ShardInterruptedError) {
      throw new InterruptedError(render(error.said, FLAGS));
    }
    if (job.signal.aborted) throw new InterruptedError();
    throw error;
  }
}
