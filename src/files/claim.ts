import { createHash } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { InputError } from "../errors.ts";

/** How often a mark is touched, in milliseconds. */
const TOUCH_MS = 20_000;
/** A mark that was not touched for so long is stale, whoever wrote it. */
const STALE_MS = 6 * TOUCH_MS;
/** File systems hold names of 255 bytes; longer names than this are cut and told by their hash. */
const MOST_NAME_BYTES = 200;

/** What a mark says of the run that has an output. */
interface Mark {
  readonly host?: string;
  readonly process: number;
  /** When the run took the output, as ISO 8601. */
  readonly since: string;
  /** Its unfinished file, beside the mark. */
  readonly partial: string;
}

/** The right to write an output, which one run has at a time. */
export interface Claim {
  /** Where to write until the output is whole: a path that no other run has. */
  readonly partial: string;
  /** Throws an InputError where another run took the output over. */
  check(): Promise<void>;
  /** Gives the output back; what is left at `partial` stays. */
  release(): Promise<void>;
}

/**
 * Takes an output for this run with a mark beside it, `<name>.lock`. The mark is locked and touched
 * as long as the run has it. One whose process is gone, or that nobody has touched for two minutes,
 * is taken over, and its unfinished file removed. Throws an InputError that names the run which has
 * the output, and what the system throws.
 */
export async function claim(path: string): Promise<Claim> {
  const name = shortened(basename(path));
  const markPath = join(dirname(path), `${name}.lock`);
  const partial = `${name}.${crypto.randomUUID().slice(0, 8)}.partial`;
  const mark: Mark = {
    host: hostname(),
    process: Deno.pid,
    since: new Date().toISOString(),
    partial,
  };
  const file = await lockedMark(path, markPath);
  const before = parse(await contentOf(file));
  if (before) await Deno.remove(join(dirname(path), before.partial)).catch(() => {});
  const bytes = new TextEncoder().encode(JSON.stringify(mark));
  const write = () => {
    file.seekSync(0, Deno.SeekMode.Start);
    for (let done = 0; done < bytes.length;) done += file.writeSync(bytes.subarray(done));
    file.truncateSync(bytes.length);
  };
  try {
    write();
  } catch (error) {
    await Deno.remove(markPath).catch(() => {});
    file.close();
    throw error;
  }
  // Written anew, not given a time: the file system's clock counts, not this machine's.
  const timer = setInterval(() => {
    try {
      if (isOwn(markPath, partial)) write();
    } catch {
      // A disk that is full or away now may be back at the next touch; `check` sees what became.
    }
  }, TOUCH_MS);
  Deno.unrefTimer(timer);
  return {
    partial: join(dirname(path), partial),
    async check() {
      if (isOwn(markPath, partial)) return await Promise.resolve();
      throw new InputError(
        `Another run took ${path} over, since this one stood still for too long: nothing of this ` +
          "one was kept; start it again when the other has ended.",
      );
    },
    async release() {
      clearInterval(timer);
      const own = isOwn(markPath, partial);
      // Windows removes no file that is open.
      if (Deno.build.os === "windows") file.close();
      if (own) await Deno.remove(markPath).catch(() => {});
      if (Deno.build.os !== "windows") file.close();
    },
  };
}

/** The mark's file, new or taken over, locked where the file system has locks. */
async function lockedMark(path: string, markPath: string): Promise<Deno.FsFile> {
  for (;;) {
    const file = await Deno.open(markPath, { read: true, write: true, create: true });
    const locked = await file.tryLock(true).catch(() => undefined);
    const found = await contentOf(file);
    const mark = parse(found);
    const { mtime, ino } = await file.stat();
    // The run before may have removed its mark between our opening it and locking it.
    const still = await Deno.stat(markPath).catch(() => undefined);
    if (!still || still.ino !== ino) {
      file.close();
      continue;
    }
    const age = Date.now() - (mtime?.getTime() ?? 0);
    const here = mark?.host === undefined || mark.host === hostname();
    // On this machine the system knows whether the other process lives: a batch may keep it from
    // touching its mark. Elsewhere, and where there are no locks, the touches count.
    const lives = locked === false || mark && !(locked && here) && age < STALE_MS;
    if (!lives) return file;
    file.close();
    throw new InputError(
      `${path} is being written by another run${
        whose(mark)
      }; wait for its end, or choose another output.`,
    );
  }
}

function whose(mark: Mark | undefined): string {
  if (!mark) return "";
  const { host, process, since } = mark;
  return ` (process ${process}${host ? ` on ${host}` : ""}, since ${since})`;
}

async function contentOf(file: Deno.FsFile): Promise<string> {
  const { size } = await file.stat();
  const bytes = new Uint8Array(Math.min(size, 4096));
  file.seekSync(0, Deno.SeekMode.Start);
  const count = file.readSync(bytes) ?? 0;
  return new TextDecoder().decode(bytes.subarray(0, count));
}

/** Undefined for a file that is no mark, as one that was cut when its disk was full. */
function parse(text: string): Mark | undefined {
  try {
    const { host, process, since, partial }: Mark = JSON.parse(text);
    // What is removed beside a mark is an unfinished file and nothing else.
    const plain = basename(partial) === partial && partial.endsWith(".partial");
    return plain ? { host, process, since, partial } : undefined;
  } catch {
    return undefined;
  }
}

function isOwn(markPath: string, partial: string): boolean {
  try {
    return parse(Deno.readTextFileSync(markPath))?.partial === partial;
  } catch {
    return false;
  }
}

/** The same for names that a file system may take for one. */
function shortened(name: string): string {
  if (new TextEncoder().encode(name).length <= MOST_NAME_BYTES) return name;
  const hash = createHash("sha256").update(name.normalize().toLowerCase()).digest("hex");
  let start = "";
  for (const letter of name) {
    if (new TextEncoder().encode(start + letter).length > MOST_NAME_BYTES - 17) break;
    start += letter;
  }
  return `${start}~${hash.slice(0, 16)}`;
}

/** Undefined where this process may not ask, as in the service. */
function hostname(): string | undefined {
  try {
    return Deno.hostname();
  } catch {
    return undefined;
  }
}
