import assert from "assert";
import { formulaModelFile } from "../support/formula_model.ts";
import { TestServer } from "../support/server.ts";
import { type StackWish, writeStack } from "../support/stacks.ts";

const MODEL = formulaModelFile("zaugnet");

/** A prediction as the service shows it. */
export interface ShownJob {
  readonly id: string;
  readonly state: string;
  readonly error?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly progress?: { readonly done: number; readonly total: number };
}

/** Starts a service for a test; whatever becomes of it, it does not outlive the test. */
export async function withServer(
  folder: string,
  flags: readonly string[],
  test: (server: TestServer) => Promise<void>,
): Promise<void> {
  const server = await TestServer.start(folder, ...flags);
  try {
    await test(server);
  } finally {
    await server.stop("SIGKILL");
  }
}

export async function putModel(server: TestServer): Promise<void> {
  const body = await Deno.readFile(MODEL);
  const answer = await server.fetch("/models/m", { method: "PUT", body });
  assert.equal(answer.status, 201, await answer.text());
}

/** The bytes of a stack of waves. */
export async function stackBytes(wish: StackWish): Promise<Uint8Array<ArrayBuffer>> {
  const path = await Deno.makeTempFile();
  await writeStack(path, wish);
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  return bytes;
}

/** Sends a stack to be predicted, batch by batch of one slice; answers the job's path. */
export async function post(server: TestServer, body: Uint8Array<ArrayBuffer>): Promise<string> {
  const answer = await server.fetch("/predictions?model=m&factor=2&batch-size=1", {
    method: "POST",
    body,
    headers: { "Content-Type": "image/tiff" },
  });
  assert.equal(answer.status, 202, await answer.clone().text());
  await answer.body?.cancel();
  return answer.headers.get("Location")!;
}

export async function show(server: TestServer, path: string): Promise<ShownJob> {
  return await (await server.fetch(path)).json();
}

/** Waits until a job is as wished; throws where it ends otherwise. */
export async function until(
  server: TestServer,
  path: string,
  isWished: (job: ShownJob) => boolean,
): Promise<ShownJob> {
  while (true) {
    const job = await show(server, path);
    if (isWished(job)) return job;
    if (!["queued", "running"].includes(job.state)) throw new Error(JSON.stringify(job));
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export async function result(server: TestServer, path: string): Promise<Uint8Array> {
  const answer = await server.fetch(`${path}/stack`);
  assert.equal(answer.status, 200);
  return await answer.bytes();
}
