import { basename, dirname, join } from "node:path";
import { type ByteSink, type ByteSource, InputError, MachineError } from "../core.ts";
import { claim } from "./claim.ts";
import { refuseInput } from "./inputs.ts";

/** An open file as a {@link ByteSource}; its siblings are the files of its folder. */
export interface FileSource extends ByteSource {
  close(): void;
}

/** Opens a file for reading. Throws an InputError where that can't be done. */
export async function openFile(path: string): Promise<FileSource> {
  await requireFile(path);
  const file = await explained(path, () => Deno.open(path));
  const { size } = await file.stat();
  const siblings: FileSource[] = [];
  return {
    name: basename(path),
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)));
      let done = 0;
      // The position belongs to the file, so nothing may come between seek and reads.
      file.seekSync(offset, Deno.SeekMode.Start);
      while (done < bytes.length) {
        const count = file.readSync(bytes.subarray(done));
        if (count === null) break;
        done += count;
      }
      return await Promise.resolve(bytes.subarray(0, done));
    },
    async sibling(name) {
      // Names come from inside the file: only plain ones, of the same folder, are followed.
      if (basename(name) !== name) return undefined;
      const beside = join(dirname(path), name);
      if (!await exists(beside)) return undefined;
      const source = await openFile(beside);
      siblings.push(source);
      return source;
    },
    close() {
      for (const source of siblings) source.close();
      file.close();
    },
  };
}

/** Reads a whole file. Throws an InputError where that can't be done. */
export async function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  await requireFile(path);
  return await explained(path, () => Deno.readFile(path));
}

/** Looked at before it is opened: opening a pipe waits for who writes into it, maybe for ever. */
async function requireFile(path: string): Promise<void> {
  const stat = await explained(path, () => Deno.stat(path));
  if (stat.isFile) return;
  if (stat.isDirectory) throw new InputError(`${path} is a folder.`);
  const kinds = {
    isFifo: "a pipe",
    isSocket: "a socket",
    isCharDevice: "a device",
    isBlockDevice: "a device",
  } as const;
  const kind = Object.entries(kinds).find(([key]) => stat[key as keyof typeof kinds])?.[1];
  throw new InputError(
    `${path} is ${kind ?? "no file"}, and only files can be read: copy it into one.`,
  );
}

/** A file that gets its name only when it is whole. */
export interface PartialFile extends ByteSink {
  /** Gives the file its name. */
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/**
 * Creates a file under a name of this run's own, which takes `path`'s place when it is finished.
 * Throws an InputError where `path` is an input, or another run is writing it.
 */
export async function createFile(path: string): Promise<PartialFile> {
  const folder = dirname(path);
  await refuseInput(path);
  await explained(folder, () => Deno.mkdir(folder, { recursive: true }));
  const claimed = await explained(path, () => claim(path));
  const { partial } = claimed;
  const file = await explained(path, () => Deno.open(partial, { write: true, createNew: true }))
    .catch(async (error) => {
      await claimed.release();
      throw error;
    });
  let open = true;
  const close = () => {
    if (open) file.close();
    open = false;
  };
  return {
    async write(bytes) {
      for (let done = 0; done < bytes.length;) {
        done += await explained(path, () => file.write(bytes.subarray(done)));
      }
    },
    async finish() {
      await explained(path, () => file.sync());
      close();
      await claimed.check();
      await refuseInput(path);
      await explained(path, () => Deno.rename(partial, path));
      await claimed.release();
    },
    async discard() {
      close();
      await Deno.remove(partial).catch(() => {});
      await claimed.release();
    },
  };
}

/** Writes a whole file, under a temporary name first. */
export async function writeWhole(path: string, bytes: Uint8Array): Promise<void> {
  const file = await createFile(path);
  try {
    await file.write(bytes);
    await file.finish();
  } catch (error) {
    await file.discard();
    throw error;
  }
}

export async function exists(path: string): Promise<boolean> {
  return await Deno.stat(path).then(() => true, () => false);
}

export async function isFolder(path: string): Promise<boolean> {
  return await Deno.stat(path).then(({ isDirectory }) => isDirectory, () => false);
}

/** No room, or a disk that fails: of the system's errors, those that no other input would mend. */
const MACHINE_FAULTS = new Set(["ENOSPC", "EDQUOT", "EIO", "EROFS", "EMFILE", "ENFILE"]);

/** What the operating system says, in one sentence that names the path. */
export async function explained<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new InputError(`There is no file ${path}.`);
    if (error instanceof Deno.errors.IsADirectory) throw new InputError(`${path} is a folder.`);
    if (error instanceof InputError) throw error;
    const reason = (error as Error).message.replace(/^(.*?)(: (open|mkdir|rename) .*)?$/, "$1");
    const said = `${path} can't be read or written: ${reason}.`;
    const { code = "" } = error as { code?: string };
    // Deno has no code for a file that is larger than its disk or its user's limit allow.
    const tooLarge = reason.endsWith("(os error 27)");
    if (tooLarge || MACHINE_FAULTS.has(code)) throw new MachineError(said, { cause: error });
    throw new InputError(said, { cause: error });
  }
}
