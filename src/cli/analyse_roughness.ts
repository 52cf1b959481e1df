import { Command } from "commander";
import { InputError, phrase } from "../core.ts";
import { joinLabels } from "../analysis/join_labels.ts";
import { type LabelStack, spacingOf } from "../analysis/label_stack.ts";
import { measureRoughness } from "../analysis/roughness.ts";
import { roughnessCsv, roughnessPlot, roughnessText } from "../analysis/roughness_report.ts";
import { distribution } from "../analysis/distribution.ts";
import { surfacePoints } from "../analysis/surface_points.ts";
import { deliver, requireSvg, watched, withLabels } from "./analyse_stacks.ts";
import { ROUGHNESS } from "../options/analyse.ts";
import type { OptionsOf } from "../options/table.ts";
import { addFlags } from "./flags.ts";
import { interruption } from "./terminal.ts";

type Flags = OptionsOf<typeof ROUGHNESS>;

export function roughnessCommand(): Command {
  const command = new Command("roughness")
    .summary("how rough nuclei are: power spectrum of their shape")
    .description(
      "Expands the surface of each nucleus in spherical harmonics; its roughness is the power\n" +
        "of the high degrees.",
    )
    .argument("<labels>", "stack of labels (0 is background), or an image with --threshold");
  return addFlags(command, ROUGHNESS).action(run);
}

async function run(path: string, flags: Flags): Promise<void> {
  requireSvg(flags);
  requireDegrees(flags);
  const { labels3d, lMax, above, minVoxels } = flags;
  const { signal, release } = interruption();
  try {
    await withLabels(labels3d ? [path, labels3d] : [path], flags, signal, async (flat, solid) => {
      const joined = solid && joinLabels(flat, solid);
      const labels: LabelStack = joined ?? flat;
      const surfaces = await watched(
        `${flat.name}: surfaces`,
        flat.sizes.z,
        (watch) => surfacePoints(labels, { ...watch, signal }),
      );
      const result = await watched(
        `${flat.name}: shapes`,
        surfaces.length,
        (watch) => measureRoughness(surfaces, { ...watch, lMax, above, minVoxels, signal }),
        "nuclei",
      );
      const spacing = spacingOf(flat.voxelSize)!;
      const dropped = joined?.dropped();
      const summary = distribution(result.nuclei.map(({ roughness }) => roughness));
      await deliver(flags, {
        json: { stack: flat.name, labels3d: solid?.name, dropped, spacing, summary, ...result },
        text: () =>
          phrase`${roughnessText(result, spacing)}${
            dropped ? `\n2D labels without a 3D label, left out: ${dropped}` : ""
          }`,
        csv: () => roughnessCsv(result),
        plot: () => roughnessPlot(result),
      });
    });
  } finally {
    release();
  }
}

function requireDegrees({ lMax, above, labels3d, threshold }: Flags): void {
  if (above >= lMax) {
    throw new InputError(`--above ${above} leaves no degree up to --l-max ${lMax}; lower it.`);
  }
  if (labels3d !== undefined && threshold !== undefined) {
    throw new InputError("--threshold makes 3D labels already; --labels3d joins labels of slices.");
  }
}
