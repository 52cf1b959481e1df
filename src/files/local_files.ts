import { basename, dirname, join } from "node:path";
import { type ByteSink, type ByteSource, InputError } from "../core.ts";

/** An open file as a {@link ByteSource}; its siblings are the files of its folder. */
export interface FileSource extends ByteSource {
  close(): void;
}

/** Opens a file for reading. Throws an InputError where that can't be done. */
export async function openFile(path: string): Promise<FileSource> {
  const file = await explained(path, () => Deno.open(path));
  const { size, isFile } = await file.stat();
  if (!isFile) {
    file.close();
    throw new InputError(`${path} is not a file.`);
  }
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
export function readWhole(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return explained(path, () => Deno.readFile(path));
}

/** A file that gets its name only when it is whole. */
export interface PartialFile extends ByteSink {
  /** Gives the file its name. */
  finish(): Promise<void>;
  /** Removes what was written. */
  discard(): Promise<void>;
}

/** Creates `<path>.partial`, which takes `path`'s place when it is finished. */
export async function createFile(path: string): Promise<PartialFile> {
  const folder = dirname(path);
  // File systems take 255 bytes; a name may have nearly as many by itself.
  const temporary = join(folder, `${shortened(basename(path))}.partial`);
  await explained(folder, () => Deno.mkdir(folder, { recursive: true }));
  const file = await explained(path, () => Deno.create(temporary));
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
      await explained(path, () => Deno.rename(temporary, path));
    },
    async discard() {
      close();
      await Deno.remove(temporary).catch(() => {});
    },
  };
}

function shortened(name: string): string {
  const bytes = new TextEncoder().encode(name);
  return bytes.length <= 200 ? name : new TextDecoder().decode(bytes.subarray(0, 200), {
    stream: true,
  });
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

/** What the operating system says, in one sentence that names the path. */
export async function explained<T>(path: string, action: () => Promise<T>): Promise<T> {
  try {
    return await action();
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) throw new InputError(`There is no file ${path}.`);
    if (error instanceof Deno.errors.IsADirectory) throw new InputError(`${path} is a folder.`);
    const reason = (error as Error).message.replace(/^(.*?)(: (open|mkdir|rename) .*)?$/, "$1");
    throw new InputError(`${path} can't be read or written: ${reason}.`, { cause: error });
  }
}
