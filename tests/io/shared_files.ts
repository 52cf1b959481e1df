/** The folder of golden vectors, from ZAUGNET_GOLDEN or beside the project; ends in "/". */
const GOLDEN = (Deno.env.get("ZAUGNET_GOLDEN") ??
  new URL("../../../shared/golden", import.meta.url).pathname).replace(/\/*$/, "/");

/** A file that is not the project's own, and whether tests can use it. */
export interface SharedFile {
  /** True where the file is absent, which is then said aloud once. */
  readonly ignore: boolean;
  read(): Uint8Array<ArrayBuffer>;
}

/** A file of the golden folder. */
export function goldenFile(name: string): SharedFile {
  return sharedFile(GOLDEN + name);
}

/** The checkpoint that PyTorch trained, which lies beside the project. */
export function referenceModel(): SharedFile {
  return sharedFile(new URL("../../../shared/model/reference.pt", import.meta.url).pathname);
}

function sharedFile(path: string): SharedFile {
  const ignore = !exists(path);
  if (ignore) console.warn(`SKIPPED: tests that need ${path}, which is not there`);
  return { ignore, read: () => Deno.readFileSync(path) };
}

function exists(path: string): boolean {
  try {
    return Deno.statSync(path).isFile;
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return false;
    throw error;
  }
}
