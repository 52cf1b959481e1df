import { openSequence, openStack, type StackReader } from "../core.ts";
import type { StackReading } from "../options/stack_input.ts";
import { blobSource } from "./blob_files.ts";

/** A stack's file, or the files of a sequence, and what the user says of it. */
export interface StackFiles {
  readonly files: readonly File[];
  readonly reading: StackReading;
}

/** What a stack is called: a sequence by its first file. */
export function nameOf({ files }: StackFiles): string {
  return files[0].name;
}

/** Opens a stack that lies in the browser's files. Throws what is wrong in one sentence. */
export async function openFiles(
  { files, reading }: StackFiles,
  signal?: AbortSignal,
): Promise<StackReader> {
  const options = { ...reading, signal };
  if (files.length === 1) return await openStack(blobSource(files[0], files[0].name), options);
  const sequence = files.map((file) => ({
    name: file.name,
    open: () => Promise.resolve(blobSource(file, file.name)),
  }));
  return await openSequence(`${files.length} files`, sequence, options);
}

/** A stack as a request's body: a sequence is a form. */
export function bodyOf({ files }: StackFiles): Blob | FormData {
  if (files.length === 1) return files[0];
  const form = new FormData();
  for (const file of files) form.append("stack", file, file.name);
  return form;
}
