import { join } from "node:path";
import { DataFolder } from "../../src/service/data_folder.ts";
import { JobFiles } from "../../src/service/job_files.ts";
import { ModelStore } from "../../src/service/model_store.ts";
import { Parsing } from "../../src/service/parsing.ts";
import type { JobQueue } from "../../src/service/queue.ts";
import { SqliteQueue } from "../../src/service/sqlite_queue.ts";
import { inTemporaryFolder } from "../support/cli.ts";

/** A service's data, open. */
export interface OpenData {
  readonly data: DataFolder;
  readonly queue: JobQueue;
  readonly models: ModelStore;
  readonly files: JobFiles;
  readonly parsing: Parsing;
}

/** Gives a test a data folder of its own; `samples` are those that a stack may have. */
export async function withData(
  test: (open: OpenData) => Promise<void>,
  samples = 1e6,
): Promise<void> {
  await inTemporaryFolder(async (folder) => {
    const data = await DataFolder.open(join(folder, "data"));
    const queue = new SqliteQueue(data.queue);
    const parsing = new Parsing();
    try {
      const files = new JobFiles(data, queue, samples, parsing);
      await test({ data, queue, parsing, models: new ModelStore(data, parsing), files });
    } finally {
      await parsing.close();
      await queue.close();
      data.close();
    }
  });
}

/** Bytes as an upload brings them: in pieces. */
export function bodyOf(bytes: Uint8Array, piece = 50_000): ReadableStream<Uint8Array> {
  const pieces = Array.from(
    { length: Math.ceil(bytes.length / piece) },
    (_, i) => bytes.slice(i * piece, (i + 1) * piece),
  );
  return ReadableStream.from(pieces);
}

/** An upload that breaks off after some bytes. */
export function brokenBody(bytes: Uint8Array): ReadableStream<Uint8Array> {
  return ReadableStream.from((async function* () {
    yield await Promise.resolve(bytes.slice(0, bytes.length / 2));
    throw new Error("the client is gone");
  })());
}

/** The names of all that is in a folder, below it too. */
export function namesIn(folder: string): string[] {
  return [...Deno.readDirSync(folder)].flatMap(({ name, isDirectory }) =>
    isDirectory ? namesIn(join(folder, name)).map((inner) => `${name}/${inner}`) : [name]
  ).sort();
}
