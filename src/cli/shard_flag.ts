import { InvalidArgumentError } from "commander";
import { InputError } from "../core.ts";
import type { Shard } from "../files/shard.ts";

const VARIABLES = ["SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_COUNT", "SLURM_ARRAY_TASK_MIN"];

/** "0/4", "3/4"; "slurm" where a task of a Slurm array finds its own. */
export function shard(text: string): Shard {
  if (text === "slurm") return shardOfTask((name) => Deno.env.get(name));
  const [, index, of] = text.match(/^(\d+)\/(\d+)$/)?.map(Number) ?? [];
  if (index < of) return { index, of };
  throw new InvalidArgumentError(
    "It must be i/n, i from 0 to n - 1, or slurm in a task of an array.",
  );
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
