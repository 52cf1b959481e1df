import { fittingModel } from "../files/fitting_model.ts";
import type { StackPath } from "../files/stack_path.ts";
import { modelPath } from "../files/named_models.ts";
import type { PredictionWish } from "../options/predict.ts";
import { say } from "./terminal.ts";

/** The file of the model that was named, or of the one that fits, which is then said. */
export async function chosenModel(
  named: string | undefined,
  inputs: readonly StackPath[],
  wish: PredictionWish,
): Promise<string> {
  if (named !== undefined) return await modelPath(named);
  const { name, path } = await fittingModel(inputs, wish);
  say(`Model: ${name}, which comes with the program (--model takes another)`);
  return path;
}
