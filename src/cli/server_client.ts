import { InputError, isMessage, type Message, phrase } from "../core.ts";
import { basename } from "node:path";
import type { StackPath } from "../files/stack_path.ts";
import { createFile, explained } from "../files/local_files.ts";
import { sha256 } from "../files/provenance.ts";
import type { JobProgress, JobState } from "../service/queue.ts";

/** Bytes of a file that are sent at once: larger ones are sent faster, to a bound. */
const CHUNK = 2 ** 20;
const POLL_MS = 500;
/** How often a server that asks for patience is asked again. */
const MOST_WAITS = 20;

/** A job as a server tells it. */
export interface RemoteJob {
  readonly id: string;
  readonly state: JobState;
  /** Jobs before it, of queued ones. */
  readonly position?: number;
  readonly progress?: JobProgress;
  readonly error?: string;
  /** The same in parts, where it speaks of options. */
  readonly errorParts?: Message;
  readonly result?: Readonly<Record<string, unknown>>;
}

interface RequestOptions {
  readonly method?: string;
  readonly type?: string;
  /** Made again for each attempt. */
  body?(): ReadableStream<Uint8Array<ArrayBuffer>> | Uint8Array<ArrayBuffer>;
}

/**
 * A service as `deno task serve` starts it. All methods throw an InputError with the server's own
 * sentence where it refuses, and the signal's reason where that fires.
 */
export class ServerClient {
  readonly #signal: AbortSignal;
  readonly #token?: string;
  readonly #url: string;

  constructor(
    url: string,
    signal: AbortSignal,
    token?: string,
  ) {
    this.#signal = signal;
    this.#token = token;
    if (!/^https?:$/.test(URL.parse(url)?.protocol ?? "")) {
      throw new InputError(`--server ${url} is not an address; it is like http://127.0.0.1:8000.`);
    }
    this.#url = url.replace(/\/$/, "");
  }

  /** The name of a model that is there; it is sent where none has these bytes. */
  async keepModel(bytes: Uint8Array<ArrayBuffer>): Promise<string> {
    const digest = await sha256(bytes);
    const name = `sha256-${digest.slice(0, 32)}`;
    const models: { name: string; sha256: string }[] = await (await this.#request("/models"))
      .json();
    const there = models.find((model) => model.sha256 === digest || model.name === name);
    if (there) return there.name;
    const body = { method: "PUT", type: "application/octet-stream", body: () => bytes };
    await (await this.#request(`/models/${name}`, body)).body?.cancel();
    return name;
  }

  /** Has a stack predicted; `onSent` hears how many bytes are on their way. */
  async predict(
    path: StackPath,
    query: URLSearchParams,
    onSent: (bytes: number, total: number) => void,
  ): Promise<RemoteJob> {
    const boundary = crypto.randomUUID();
    const response = await this.#request(`/predictions?${query}`, {
      method: "POST",
      ...typeof path === "string" ? { type: "image/tiff", body: () => fileStream(path, onSent) } : {
        type: `multipart/form-data; boundary=${boundary}`,
        body: () => formStream(path, boundary, onSent),
      },
    });
    return await response.json();
  }

  /** Follows a prediction to its end. */
  async follow(id: string, onChange: (job: RemoteJob) => void): Promise<RemoteJob> {
    while (true) {
      const job: RemoteJob = await (await this.#request(`/predictions/${id}`)).json();
      if (job.state === "succeeded") return job;
      if (job.state === "failed") {
        throw new InputError(job.errorParts ?? job.error ?? "The prediction failed.");
      }
      if (job.state === "cancelled") {
        throw new InputError("The prediction was cancelled on the server.");
      }
      onChange(job);
      await this.#pause(POLL_MS);
    }
  }

  /** Writes what a prediction made, which gets its name when it is whole. */
  async download(id: string, file: "stack" | "spread", output: string): Promise<void> {
    const { body } = await this.#request(`/predictions/${id}/${file}`);
    const written = await createFile(output);
    try {
      for await (const chunk of body!) await written.write(chunk);
      await written.finish();
    } catch (error) {
      await written.discard();
      this.#signal.throwIfAborted();
      throw error instanceof InputError ? error : this.#unreachable(error);
    }
  }

  /** Stops a prediction. */
  async cancel(id: string): Promise<void> {
    await this.#try("POST", `/predictions/${id}/cancel`);
  }

  /** Removes a prediction that has ended, with its files. */
  async remove(id: string): Promise<void> {
    await this.#try("DELETE", `/predictions/${id}`);
  }

  /** Asks even when the signal has fired; where that fails, the service tidies up by itself. */
  async #try(method: string, path: string): Promise<void> {
    const options = { method, headers: this.#headers() };
    const response = await fetch(this.#url + path, options).catch(() => undefined);
    await response?.body?.cancel();
  }

  async #request(path: string, options: RequestOptions = {}): Promise<Response> {
    for (let waits = 0;; waits++) {
      const response = await fetch(this.#url + path, {
        method: options.method ?? "GET",
        signal: this.#signal,
        body: options.body?.(),
        headers: this.#headers(options.type),
      }).catch((error) => {
        this.#signal.throwIfAborted();
        throw this.#unreachable(error);
      });
      if (response.ok) return response;
      const text = await response.text();
      if (response.status !== 429 || waits === MOST_WAITS) {
        throw new InputError(phrase`The server says: ${saidBy(text, response.status)}`);
      }
      await this.#pause(1000 * Number(response.headers.get("Retry-After") ?? 1));
    }
  }

  #headers(type?: string): Headers {
    const headers = new Headers(type === undefined ? {} : { "Content-Type": type });
    if (this.#token !== undefined) headers.set("Authorization", `Bearer ${this.#token}`);
    return headers;
  }

  #unreachable(error: unknown): Error {
    if (error instanceof InputError) return error;
    return new InputError(
      `The server at ${this.#url} does not answer (${(error as Error).message}).`,
    );
  }

  async #pause(milliseconds: number): Promise<void> {
    await new Promise((resolve) => setTimeout(resolve, milliseconds));
    this.#signal.throwIfAborted();
  }
}

/** What a problem+json says; a proxy may have answered something else. */
function saidBy(text: string, status: number): Message {
  try {
    const { detailParts, detail } = JSON.parse(text);
    const said = detailParts ?? detail;
    if (isMessage(said)) return said;
  } catch {
    // It is not JSON.
  }
  return `It answered ${status}.`;
}

type Bytes = Uint8Array<ArrayBuffer>;

/** A file in large pieces. */
function fileStream(
  path: string,
  onSent: (bytes: number, total: number) => void,
): ReadableStream<Bytes> {
  return ReadableStream.from(chunksOf(path, onSent));
}

async function* chunksOf(
  path: string,
  onSent: (bytes: number, total: number) => void,
): AsyncGenerator<Bytes> {
  let sent = 0;
  using file = await explained(path, () => Deno.open(path));
  const { size } = await file.stat();
  while (true) {
    const chunk = new Uint8Array(CHUNK);
    const count = await file.read(chunk);
    if (count === null) return;
    yield chunk.subarray(0, count);
    onSent(sent += count, size);
  }
}

/** The files of a sequence as a form. */
function formStream(
  paths: readonly string[],
  boundary: string,
  onSent: (bytes: number, total: number) => void,
): ReadableStream<Bytes> {
  const text = (lines: string) => new TextEncoder().encode(lines);
  return ReadableStream.from((async function* () {
    const sizes = await Promise.all(paths.map(async (path) => (await Deno.stat(path)).size));
    const total = sizes.reduce((sum, size) => sum + size, 0);
    let before = 0;
    for (const [i, path] of paths.entries()) {
      const name = basename(path).replaceAll('"', "%22");
      yield text(
        `--${boundary}\r\nContent-Disposition: form-data; name="stack"; filename="${name}"\r\n` +
          "Content-Type: image/tiff\r\n\r\n",
      );
      yield* chunksOf(path, (sent) => onSent(before + sent, total));
      before += sizes[i];
      yield text("\r\n");
    }
    yield text(`--${boundary}--\r\n`);
  })());
}
