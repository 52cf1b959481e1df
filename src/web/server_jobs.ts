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

/**
 * Follows a job to its end; throws its error where it failed. When the signal is aborted the job
 * is cancelled on the server, too.
 */
export async function follow(
  client: Client,
  path: string,
  signal: AbortSignal,
  onChange: (job: ServerJob) => void | Promise<void>,
): Promise<ServerJob> {
  try {
    while (true) {
      const job = await client.json<ServerJob>(path, { signal });
      await onChange(job);
      if (job.state === "succeeded") return job;
      if (job.state === "failed") throw new Error(job.error ?? "The job failed.");
      if (job.state === "cancelled") throw new Error("The job was cancelled on the server.");
      await wait(POLL_MS, signal);
    }
  } catch (error) {
    if (signal.aborted) await client.request(path, { method: "DELETE" }).catch(() => {});
    throw error;
  }
}

/** What is predicted on the server. */
export interface ServerRequest {
  readonly stack: File;
  readonly model: string;
  readonly options: { readonly factor?: number; readonly spacing?: number | "isotropic" };
}

/** Uploads a stack, has it predicted and fetches the result. */
export async function predictOnServer(
  client: Client,
  { stack, model, options }: ServerRequest,
  signal: AbortSignal,
  onProgress: (progress: WorkProgress) => void,
): Promise<Blob> {
  const query = new URLSearchParams({ model });
  for (const [name, value] of Object.entries(options)) {
    if (value !== undefined) query.set(name, String(value));
  }
  const job = await client.upload(
    `predictions?${query}`,
    stack,
    signal,
    (done, total) => onProgress({ phase: "Uploading", done, total, unit: "bytes" }),
  );
  const path = `predictions/${encodeURIComponent(job.id)}`;
  await follow(client, path, signal, (now) => onProgress(progressOf(now, "Predicting", "slices")));
  onProgress({ phase: "Fetching the result" });
  return await client.blob(`${path}/stack`, { signal });
}
