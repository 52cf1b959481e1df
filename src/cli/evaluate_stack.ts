import { basename } from "node:path";
import {
  encodePng,
  InputError,
  type NetworkInterpolator,
  type SliceInterpolator,
  withoutAlpha,
} from "../core.ts";
import { evaluateStack, type StackEvaluation } from "../evaluation/evaluate.ts";
import type { FidCollector } from "../evaluation/fid.ts";
import { holdOut, type SliceBlock } from "../evaluation/held_out.ts";
import { EvaluationPicture } from "../evaluation/picture.ts";
import { readingOf } from "../options/stack_input.ts";
import { openStackPath, pathOf, type StackPath } from "../files/stack_path.ts";
import { writeWhole } from "../files/local_files.ts";
import { ReportFigures } from "../report/figures.ts";
import type { ReportedStack } from "../report/stack_section.ts";
import type { EVALUATE } from "../options/evaluate.ts";
import type { OptionsOf } from "../options/table.ts";
import { openCompared } from "./compared_stacks.ts";
import { ProgressDisplay, say } from "./terminal.ts";

/** What stacks are evaluated with. */
export interface Evaluator {
  readonly network: NetworkInterpolator;
  /** What the network is called: "ZAugNet+". */
  readonly name: string;
  /** What stands beside the network, by name. */
  readonly rivals: Readonly<Record<string, SliceInterpolator>>;
  readonly fid?: FidCollector;
  readonly signal: AbortSignal;
}

export type EvaluateFlags = OptionsOf<typeof EVALUATE>;

/** A stack's scores, and what a report tells of it where one is asked for. */
export interface EvaluatedFile {
  readonly evaluation: StackEvaluation;
  readonly reported?: ReportedStack;
}

/** Evaluates the stack of a file and draws its picture. */
export async function evaluateFile(
  input: StackPath,
  { network, name, rivals, fid, signal }: Evaluator,
  flags: EvaluateFlags,
): Promise<EvaluatedFile> {
  const { factor, normalization, per, range, uncertainty, compare, report, picture: path } = flags;
  const slices = blockOf(flags.slices);
  const stack = await openStackPath(input, { ...readingOf(flags), signal });
  const display = new ProgressDisplay(basename(pathOf(input)));
  try {
    const others = await openCompared(compare, signal);
    try {
      const reader = withoutAlpha(stack.reader);
      const held = holdOut(reader, factor, slices);
      const picture = path ? new EvaluationPicture(reader.info, held) : undefined;
      const figures = report ? new ReportFigures(reader.info, held) : undefined;
      const evaluation = await evaluateStack(reader, network, {
        factor,
        slices,
        signal,
        normalization: { normalization, per, range },
        rivals,
        compare: others.readers,
        uncertainty,
        // One at a time is as fast on a CPU, and progress shows soon.
        batchSize: network.device.adapter.type === "software" ? 1 : undefined,
        onProgress: (progress) => display.show(progress),
        onSlice: async (slice) => {
          picture?.add(slice);
          figures?.add(slice);
          await fid?.add(slice, reader.info.sizes.x);
        },
      });
      for (const note of [...reader.info.notes, ...evaluation.notes]) say(`Note: ${note}`);
      if (path && picture) await writeWhole(path, encodePng(picture.draw()));
      if (!figures) return { evaluation };
      const { sha256 } = await stack.digest();
      return { evaluation, reported: { evaluation, sha256, figures: figures.draw(name) } };
    } finally {
      others.close();
    }
  } finally {
    display.end();
    stack.close();
  }
}

/** Slices from 1, both ends included, as the core counts them: from 0, without the end. */
function blockOf(run: EvaluateFlags["slices"]): SliceBlock | undefined {
  return run && { from: run.from === undefined ? undefined : run.from - 1, to: run.to };
}

/** Where a stack's picture goes: of several stacks, each one's name is put into it. */
export function picturePath(
  input: string,
  inputs: number,
  picture?: string,
): string | undefined {
  if (!picture) return undefined;
  if (!/\.png$/i.test(picture)) {
    throw new InputError(`Pictures are written as PNG only: ${picture} must end in .png.`);
  }
  if (inputs === 1) return picture;
  const name = basename(input).replace(/(\.ome)?\.tiff?$/i, "");
  return picture.replace(/\.png$/i, `_${name}.png`);
}
