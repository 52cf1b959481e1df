import type { Message } from "../core.ts";
import { PREDICT, type PredictionWish } from "../options/predict.ts";
import { queryOf } from "../options/table.ts";
import { bodyOf, type StackFiles } from "./opened_files.ts";
import { formatBytes, formatSeconds } from "./display_text.ts";
import { SaidError } from "./option_labels.ts";
import { type Client, type ServerJob, wait } from "./client.ts";

/** How far a piece of work is, for the user. */
export interface WorkProgress {
  /** "Uploading", "Predicting": what is being done. */
  readonly phase: string;
  readonly done?: number;
  readonly total?: number;
  /** What is counted. */
  readonly unit?: "bytes" | "slices" | "steps";
  readonly secondsLeft?: number;
}

const POLL_MS = 700;

/** What a job is doing, in words. */
export function progressOf(job: ServerJob, phase: string, unit: "slices" | "steps"): WorkProgress {
  if (job.state === "queued") {
    const before = job.position ?? 0;
    const jobs = before === 1 ? "1 job" : `${before} jobs`;
    return { phase: before === 0 ? "Next in the server's queue" : `Waiting: ${jobs} before this` };
  }
  return { phase, ...job.progress, unit };
}

/** Progress in one line. */
export function progressText({ phase, done, total, unit, secondsLeft }: WorkProgress): string {
  const count = (value: number) => unit === "bytes" ? formatBytes(value) : String(value);
  const counted = done !== undefined && total !== undefined && total > 0;
  return [
    phase,
    ...counted ? [`${count(done)} of ${count(total)}${unit === "bytes" ? "" : ` ${unit}`}`] : [],
    ...secondsLeft !== undefined && secondsLeft > 0 ? [`${formatSeconds(secondsLeft)} left`] : [],
  ].join(" · ");
}

/** Follows a job until it ends in whatever way; throws the signal's reason when that is aborted. */
export async function follow(
  client: Client,
  path: string,
  signal: AbortSignal,
  onChange: (job: ServerJob) => void,
): Promise<ServerJob> {
  while (true) {
    const job = await client.json<ServerJob>(path, { signal });
    if (job.state !== "queued" && job.state !== "running") return job;
    onChange(job);
    await wait(POLL_MS, signal);
  }
}

/** Why a job failed, as far as the server says. */
export function failureOf({ errorParts, error }: ServerJob): Message | undefined {
  return errorParts ?? error;
}

/** What is predicted on the server. */
export interface ServerRequest {
  readonly stack: StackFiles;
  readonly model: string;
  readonly options: PredictionWish;
}

/** Uploads a stack, has it predicted and fetches the result. */
export async function predictOnServer(
  client: Client,
  { stack, model, options }: ServerRequest,
  signal: AbortSignal,
  onProgress: (progress: WorkProgress) => void,
): Promise<Blob> {
  const sequence = stack.files.length > 1 || undefined;
  const query = queryOf(PREDICT, { ...options, ...stack.reading, sequence, model });
  const job = await client.upload(
    `predictions?${query}`,
    bodyOf(stack),
    signal,
    (done, total) => onProgress({ phase: "Uploading", done, total, unit: "bytes" }),
  );
  const path = `predictions/${encodeURIComponent(job.id)}`;
  try {
    const show = (now: ServerJob) => onProgress(progressOf(now, "Predicting", "slices"));
    const job = await follow(client, path, signal, show);
    const { state } = job;
    if (state === "failed") {
      throw new SaidError(failureOf(job) ?? "The prediction failed on the server.");
    }
    if (state === "cancelled") throw new Error("The prediction was cancelled on the server.");
  } catch (error) {
    if (signal.aborted) await client.request(`${path}/cancel`, { method: "POST" });
    throw error;
  }
  onProgress({ phase: "Fetching the result" });
  return await client.blob(`${path}/stack`, { signal });
}
