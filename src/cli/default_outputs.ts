import { basename, dirname, join, resolve } from "node:path";
import { InputError } from "../core.ts";
import { exists, isFolder } from "../files/local_files.ts";
import { spreadPath } from "../files/output_files.ts";
import { pathOf, type StackPath } from "../files/stack_path.ts";
import { isOurs, stackInfo } from "../files/stack_info.ts";
import { refuseClashes } from "./outputs.ts";
import { say } from "./terminal.ts";

/** How an output's name ends that nobody named, its spread's too, before .tif or .ome.tif. */
const SUFFIX = "_zaugnet";
const OURS = /_zaugnet(-spread)?(\.ome)?\.tiff?$/i;
const ENDING = /(\.ome)?\.[^.]+$/i;

/** The stacks without those that this program wrote beside its inputs, which are noted. */
export async function withoutOwnOutputs(inputs: readonly StackPath[]): Promise<StackPath[]> {
  const kept: StackPath[] = [];
  for (const input of inputs) {
    if (typeof input === "string" && OURS.test(input) && await madeHere(input)) {
      say(`Note: ${input} is left out: this program predicted it.`);
    } else kept.push(input);
  }
  if (kept.length > 0) return kept;
  throw new InputError(
    `${
      inputs.map(pathOf).join(", ")
    }: predicted already; to predict from it again, name an --output.`,
  );
}

/**
 * Where each input's output goes where no --output was named: beside it, as NAME_zaugnet.tif, or,
 * for the stacks of a folder that was named, into FOLDER_zaugnet. Throws an InputError where that
 * would replace a file that this program did not make.
 */
export async function defaultOutputs(
  named: readonly string[],
  stacks: readonly StackPath[],
  withSpread = false,
): Promise<string[]> {
  const inputs = stacks.map(pathOf);
  const folders = new Set<string>();
  for (const one of named) if (await isFolder(one)) folders.add(resolve(one));
  const outputs = stacks.map((stack) => {
    const input = pathOf(stack);
    // A sequence is called by its folder, whose name may have a dot.
    if (typeof stack !== "string") return `${input}${SUFFIX}.tif`;
    const folder = dirname(resolve(input));
    if (!folders.has(folder)) return join(dirname(input), outputName(input, SUFFIX));
    // "." and ".." have no name to add to.
    const plain = basename(dirname(input)) === basename(folder) ? dirname(input) : folder;
    return join(`${plain}${SUFFIX}`, outputName(input, ""));
  });
  refuseClashes(stacks.flat(), inputs, outputs);
  for (const output of withSpread ? [...outputs, ...outputs.map(spreadPath)] : outputs) {
    if (!await exists(output) || await madeHere(output)) continue;
    throw new InputError(
      `${output} is there, and not this program's: move it, or choose another place with --output.`,
    );
  }
  return outputs;
}

function outputName(input: string, suffix: string): string {
  const name = basename(input);
  const [ending, ome = ""] = name.match(ENDING) ?? [""];
  return `${name.slice(0, name.length - ending.length)}${suffix}${ome}.tif`;
}

async function madeHere(path: string): Promise<boolean> {
  const info = await stackInfo(path);
  return info !== undefined && isOurs(info);
}
