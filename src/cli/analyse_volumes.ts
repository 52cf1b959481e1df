import { Command } from "commander";
import { compareVolumes } from "../analysis/volumes.ts";
import {
  summarizeVolumes,
  volumesCsv,
  volumesPlot,
  volumesText,
} from "../analysis/volumes_report.ts";
import { deliver, requireSvg, watched, withLabels } from "./analyse_stacks.ts";
import { VOLUMES } from "../options/analyse.ts";
import type { OptionsOf } from "../options/table.ts";
import { addFlags } from "./flags.ts";
import { interruption } from "./terminal.ts";

type Flags = OptionsOf<typeof VOLUMES>;

export function volumesCommand(): Command {
  const command = new Command("volumes")
    .summary("volume and overlap of each cell in two segmentations")
    .description(
      "Maps each cell of A to the cell of B that overlaps it most, and compares the two.",
    )
    .argument("<a>", "stack of labels (0 is background), or an image with --threshold")
    .argument("<b>", "the same of the other stack, of the same size");
  return addFlags(command, VOLUMES).action(run);
}

async function run(pathA: string, pathB: string, flags: Flags): Promise<void> {
  requireSvg(flags);
  const { signal, release } = interruption();
  try {
    await withLabels([pathA, pathB], flags, signal, async (a, b) => {
      const comparison = await watched(
        "volumes",
        a.sizes.z,
        (watch) => compareVolumes(a, b, { ...watch, minVoxels: flags.minVoxels, signal }),
      );
      await deliver(flags, {
        json: { a: a.name, b: b.name, summary: summarizeVolumes(comparison), ...comparison },
        text: () => volumesText(comparison),
        csv: () => volumesCsv(comparison),
        plot: () => volumesPlot(comparison, [a.name, b.name]),
      });
    });
  } finally {
    release();
  }
}
