import { InputError } from "../errors.ts";

/** The files that this command reads from, by what the system knows them by. */
const inputs = new Map<string, string>();

/** Has these files never be replaced by this process, by whatever name it is asked to. */
export async function protectInputs(paths: readonly (string | undefined)[]): Promise<void> {
  for (const path of paths) {
    const id = path === undefined ? undefined : await identityOf(path);
    if (id !== undefined) inputs.set(id, path!);
  }
}

/** Lets files be replaced after all, which are left out of the inputs. */
export async function releaseInputs(paths: readonly string[]): Promise<void> {
  for (const path of paths) {
    const id = await identityOf(path);
    if (id !== undefined) inputs.delete(id);
  }
}

/** Throws an InputError where a path leads to an input: by its name, a link or another folder. */
export async function refuseInput(output: string): Promise<void> {
  const id = await identityOf(output);
  const input = id === undefined ? undefined : inputs.get(id);
  if (input === undefined) return;
  const which = input === output ? "an input" : `the input ${input}`;
  throw new InputError(`The output ${output} would replace ${which}; choose another output.`);
}

/** Equal for two paths exactly where they lead to one file; undefined where there is none. */
async function identityOf(path: string): Promise<string | undefined> {
  try {
    const { dev, ino, isFile } = await Deno.stat(path);
    if (!isFile) return undefined;
    return ino ? `${dev}:${ino}` : (await Deno.realPath(path)).toLowerCase();
  } catch {
    return undefined;
  }
}
