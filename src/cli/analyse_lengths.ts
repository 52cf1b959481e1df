import { Command } from "commander";
import { basename } from "node:path";
import type { FilamentSet } from "../analysis/filaments.ts";
import { compareLengths } from "../analysis/lengths.ts";
import { lengthsCsv, lengthsPlot, lengthsText } from "../analysis/lengths_report.ts";
import { skeletonFilaments } from "../analysis/skeleton.ts";
import { readFilamentsJson, readSnakes } from "../analysis/snakes.ts";
import { expandInput } from "../files/stack_inputs.ts";
import { openStackPath } from "../files/stack_path.ts";
import { readingOf } from "../options/stack_input.ts";
import { isFolder, openFile, readWhole } from "../files/local_files.ts";
import { deliver, requireSvg, watched } from "./analyse_stacks.ts";
import { LENGTHS } from "../options/analyse.ts";
import type { OptionsOf } from "../options/table.ts";
import { addFlags } from "./flags.ts";
import { interruption, say } from "./terminal.ts";

type Flags = OptionsOf<typeof LENGTHS>;

export function lengthsCommand(): Command {
  const command = new Command("lengths")
    .summary("number, length and overlap of filaments")
    .description(
      "Compares filaments: snakes as SOAX saves them, JSON, or the skeletons of masks (TIFF).",
    )
    .argument("<a>", 'snakes (.txt), {"filaments": [[[x, y, z], …], …]} or a stack')
    .argument("<b>", "the same of the other sample");
  return addFlags(command, LENGTHS).action(run);
}

async function run(pathA: string, pathB: string, flags: Flags): Promise<void> {
  requireSvg(flags);
  const { minLength, dilation, sigma } = flags;
  const { signal, release } = interruption();
  try {
    const a = await filamentsOf(pathA, flags, signal);
    const b = await filamentsOf(pathB, flags, signal);
    const comparison = await compareLengths(a, b, { minLength, dilation, sigma, signal });
    await deliver(flags, {
      json: comparison,
      text: () => lengthsText(comparison),
      csv: () => lengthsCsv(comparison),
      plot: () => lengthsPlot(comparison),
    });
  } finally {
    release();
  }
}

/** Reads filaments of any kind, told apart by how the file begins. */
async function filamentsOf(path: string, flags: Flags, signal: AbortSignal): Promise<FilamentSet> {
  const name = basename(path);
  if (flags.sequence || await isFolder(path) || await looksLikeTiff(path)) {
    const { reader, close } = await openStackPath(await expandInput(path, flags.sequence), {
      ...readingOf(flags),
      signal,
    });
    try {
      for (const note of reader.info.notes) say(`Note: ${name}: ${note}`);
      // The least number above 0: all that is not background.
      const least = flags.threshold ?? Number.MIN_VALUE;
      return await watched(
        `${name}: skeleton`,
        reader.info.sizes.z,
        (watch) => skeletonFilaments(reader, least, { ...watch, signal }),
      );
    } finally {
      close();
    }
  }
  const text = new TextDecoder().decode(await readWhole(path));
  const read = /^\s*\{/.test(text) ? readFilamentsJson : readSnakes;
  return { name, filaments: read(text, name), voxelSize: flags.voxelSize ?? { unit: "" } };
}

async function looksLikeTiff(path: string): Promise<boolean> {
  const source = await openFile(path);
  try {
    const start = new TextDecoder("latin1").decode(await source.read(0, 4));
    return /^(II|MM)[*+\0]/.test(start);
  } finally {
    source.close();
  }
}
