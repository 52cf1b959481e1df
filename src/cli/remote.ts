import { basename } from "node:path";
import { readModel, writeModel } from "../core.ts";
import { readWhole } from "../files/local_files.ts";
import { formatBytes, formatSeconds } from "../files/quantities.ts";
import { pathOf, type StackPath } from "../files/stack_path.ts";
import { spreadPath } from "../files/output_files.ts";
import { outputFormat } from "../files/predict_file.ts";
import { PREDICT, type PredictionWish } from "../options/predict.ts";
import { type OptionsOf, queryOf } from "../options/table.ts";
import { failureOf, sentenceOf } from "./failures.ts";
import { type RemoteJob, ServerClient } from "./server_client.ts";
import { InterruptedError, interruption, ProgressDisplay, say } from "./terminal.ts";

/** What a command needs to be done by a server. */
export interface RemoteCommand
  extends OptionsOf<Pick<typeof PREDICT, "weights" | "tokenFile" | "json">> {
  /** The path of its file. */
  readonly model: string;
  readonly server: string;
  readonly inputs: readonly StackPath[];
  /** Where each input's output goes. */
  readonly outputs: readonly string[];
  readonly options: PredictionWish;
}

/** What became of a stack. */
type RemoteResult =
  | RemoteSuccess
  | { readonly input: string; readonly error: string; readonly code: number };

interface RemoteSuccess {
  readonly input: string;
  readonly output: string;
  readonly result: RemoteJob["result"];
}

/** Predicts stack after stack on a server; a bad one does not stop the others. */
export async function predictRemotely(command: RemoteCommand): Promise<void> {
  const { server, tokenFile, inputs, outputs, json } = command;
  const { signal, release } = interruption();
  try {
    const token = tokenFile && new TextDecoder().decode(await readWhole(tokenFile)).trim();
    const client = new ServerClient(server, signal, token);
    const model = await client.keepModel(await modelBytes(command));
    const results: RemoteResult[] = [];
    for (const [i, input] of inputs.entries()) {
      results.push(await predictOne(client, model, input, outputs[i], command));
      signal.throwIfAborted();
      const last = results.at(-1)!;
      if (!json && "output" in last) console.log(describe(last));
    }
    if (json) console.log(JSON.stringify({ server, files: results }, null, 1));
    const codes = results.map((result) => "code" in result ? result.code : 0);
    Deno.exitCode = codes.includes(1) ? 1 : Math.max(0, ...codes);
  } finally {
    release();
  }
}

/** The model's file; of several weights those that were named. */
async function modelBytes({ model: path, weights }: RemoteCommand) {
  const stored = await readWhole(path);
  return weights === undefined
    ? stored
    : writeModel(readModel(stored, basename(path), { weights }));
}

async function predictOne(
  client: ServerClient,
  model: string,
  path: StackPath,
  output: string,
  { options }: RemoteCommand,
): Promise<RemoteResult> {
  const input = pathOf(path);
  const display = new ProgressDisplay(basename(input));
  let id: string | undefined;
  try {
    const query = queryOf(PREDICT, { ...options, model, format: outputFormat(output) });
    ({ id } = await client.predict(path, query, (sent, total) => {
      display.tell(`${formatBytes(sent)} of ${formatBytes(total)} sent`);
    }));
    const { result } = await client.follow(id, (job) => display.tell(wordsOf(job)));
    for (const note of listOf(result?.notes)) say(`Note: ${basename(input)}: ${note}`);
    if (options.uncertainty) await client.download(id, "spread", spreadPath(output));
    if (!needsNoRepair(result)) await client.download(id, "stack", output);
    await client.remove(id);
    return { input, output, result };
  } catch (error) {
    if (error instanceof InterruptedError) {
      if (id !== undefined) await client.cancel(id);
      throw error;
    }
    const { code, message = "" } = failureOf(error);
    say(message.replace("error: ", `error: ${input}: `));
    return { input, error: sentenceOf(error), code };
  } finally {
    display.end();
  }
}

function wordsOf({ position, progress }: RemoteJob): string {
  if (position !== undefined) return `in the server's queue, ${position} before it`;
  if (!progress) return "the server reads it";
  const left = progress.secondsLeft;
  const time = left === undefined ? "" : `, ${formatSeconds(left)} left`;
  return `${progress.done} of ${progress.total} slices${time}`;
}

function describe({ input, output, result }: RemoteSuccess): string {
  if (needsNoRepair(result)) return `${input} needs no repair; nothing was written.`;
  const { predictedSlices, seconds } = result ?? {};
  if (typeof seconds !== "number") return `${output}: predicted.`;
  return `${output}: ${predictedSlices} slices predicted in ${formatSeconds(seconds)}.`;
}

/** True where damage was looked for and none was found, so that there is no stack. */
function needsNoRepair(result: RemoteJob["result"]): boolean {
  return Array.isArray(result?.repaired) && result.repaired.length === 0;
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
