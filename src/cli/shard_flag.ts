import { InputError } from "../core.ts";
import type { Shard } from "../files/shard.ts";
import type { ShardChoice } from "../options/special_kinds.ts";

const VARIABLES = ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"];

/** The shard that was asked for; a task of a Slurm array finds its own. */
export function shardOf(choice: ShardChoice): Shard {
  return choice === "slurm" ? shardOfTask((name) => Deno.env.get(name)) : choice;
}

/** A task's place in its array, whose numbers must follow one another. */
export function shardOfTask(variable: (name: string) => string | undefined): Shard {
  const [task, of, first] = VARIABLES.map((name) => Number(variable(name) || NaN));
  const index = task - first;
  if (index >= 0 && index < of) return { index, of };
  throw new InputError(
    "--shard slurm is for tasks of a Slurm array with numbers that follow one another, such as " +
      `sbatch --array=0-15; ${
        VARIABLES.map((name) => `${name}=${variable(name) ?? ""}`).join(" ")
      }.`,
  );
}
