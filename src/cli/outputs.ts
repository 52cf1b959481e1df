import { basename, extname, join, resolve } from "node:path";
import { InputError } from "../core.ts";
import { isFolder } from "../files/local_files.ts";
import { spreadPath } from "../files/output_files.ts";
import { pathOf, type StackPath } from "../files/stack_path.ts";

const TIFF = /\.tiff?$/i;

/**
 * Where each input's output goes: the file that `output` names, or a file of the input's name in
 * the folder that it names. Throws an InputError where an output would replace an input or another
 * output, and where `output` is neither a TIFF nor a folder.
 */
export async function outputPaths(
  stacks: readonly StackPath[],
  output: string,
  withSpread = false,
): Promise<string[]> {
  const inputs = stacks.map(pathOf);
  const folder = await namesFolder(inputs.length, output);
  const outputs = inputs.map((input) => folder ? join(output, tiffName(input)) : output);
  const all = withSpread ? [...outputs, ...outputs.map(spreadPath)] : outputs;
  refuseClashes(stacks.flat(), withSpread ? [...inputs, ...inputs] : inputs, all);
  return outputs;
}

async function namesFolder(inputs: number, output: string): Promise<boolean> {
  if (await isFolder(output) || /[/\\]$/.test(output)) return true;
  if (TIFF.test(output)) {
    if (inputs === 1) return false;
    throw new InputError(`${inputs} stacks need a folder as --output, not ${output}.`);
  }
  // "results.v2" may be a folder, but "result.png" is a mistake.
  if (!/^\.[a-z]{2,5}$/i.test(extname(output))) return true;
  throw new InputError(
    `--output ${output}: stacks are written as .tif or .ome.tif; if it is a folder, end it in "/".`,
  );
}

function tiffName(input: string): string {
  const name = basename(input);
  return TIFF.test(name) ? name : `${name}.tif`;
}

/** Throws an InputError where an output would replace a file or another output. */
export function refuseClashes(
  files: readonly string[],
  inputs: readonly string[],
  outputs: readonly string[],
): void {
  const seen = new Map<string, string>();
  const sources = new Set(files.map((file) => resolve(file)));
  outputs.forEach((output, i) => {
    const path = resolve(output);
    if (sources.has(path)) {
      throw new InputError(`The output ${output} would replace an input; choose another --output.`);
    }
    const other = seen.get(path);
    if (other) throw new InputError(`${other} and ${inputs[i]} would both become ${output}.`);
    seen.set(path, inputs[i]);
  });
}
