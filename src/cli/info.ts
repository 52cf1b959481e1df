import { Command } from "commander";
import { basename } from "node:path";
import { parameterCount, readModel, type SeriesSummary, type StackInfo } from "../core.ts";
import { expandInput } from "../files/stack_inputs.ts";
import { openStackPath, type StackPath } from "../files/stack_path.ts";
import { readingOf, type StackReading } from "../options/stack_input.ts";
import { isFolder, openFile, readWhole } from "../files/local_files.ts";
import { modelPath } from "../files/named_models.ts";
import { formatBytes } from "../files/quantities.ts";
import type { OptionsOf } from "../options/table.ts";
import { INFO } from "../options/tools.ts";
import { addFlags } from "./flags.ts";

export function infoCommand(): Command {
  const command = new Command("info")
    .summary("say what is in a stack or a model")
    .description("Says what is in a stack (TIFF) or a model (.pt, .safetensors).")
    .argument("<file>", "a stack, a model's file, or the name of a model");
  return addFlags(command, INFO).action(
    async (named: string, { json, sequence, weights, ...flags }: OptionsOf<typeof INFO>) => {
      const path = sequence ? named : await modelPath(named);
      const isModel = !sequence && !await isFolder(path) && await looksLikeModel(path);
      const facts = isModel
        ? await modelFacts(path, weights)
        : await stackFacts(await expandInput(path, sequence), readingOf(flags));
      if (json) return console.log(JSON.stringify(facts, null, 1));
      const lines = Object.entries(facts).flatMap(([key, value]) => describe(key, value));
      console.log(lines.join("\n"));
    },
  );
}

/** By content: a zip (.pt), an old pickle, or a safetensors header; all else is taken for a stack. */
async function looksLikeModel(path: string): Promise<boolean> {
  const source = await openFile(path);
  try {
    const start = await source.read(0, 9);
    const zip = start[0] === 0x50 && start[1] === 0x4b;
    return zip || start[0] === 0x80 || start[8] === 0x7b;
  } finally {
    source.close();
  }
}

async function stackFacts(path: StackPath, reading: StackReading) {
  const stack = await openStackPath(path, reading);
  try {
    const { info } = stack.reader;
    const { sha256, min, max } = await stack.digest();
    const { sizes, voxelSize, frameInterval, channelNames, extras, notes } = info;
    const { t, c, z, y, x } = sizes;
    return {
      kind: "stack",
      format: info.format,
      axes: "TCZYX",
      shape: [t, c, z, y, x],
      dtype: info.storedType,
      computedAs: info.sampleType,
      voxelSize: cleaned(voxelSize),
      frameInterval,
      channelNames,
      min,
      max,
      sha256,
      bytes: stack.bytes,
      series: info.series?.map(describeSeries),
      seriesNumber: info.seriesNumber,
      extras,
      notes,
    };
  } finally {
    stack.close();
  }
}

function describeSeries({ name, sizes: { t, c, z, y, x }, storedType }: SeriesSummary, i: number) {
  return { number: i + 1, name, shape: [t, c, z, y, x], dtype: storedType };
}

function cleaned({ z, y, x, unit }: StackInfo["voxelSize"]) {
  return { z: z ?? null, y: y ?? null, x: x ?? null, unit };
}

async function modelFacts(path: string, weights?: string) {
  const bytes = await readWhole(path);
  const model = readModel(bytes, basename(path), { weights });
  return {
    kind: "model",
    variant: model.variant,
    parameters: parameterCount(model),
    teacher: model.hasTeacher,
    training: model.metadata,
    notes: model.notes,
    bytes: bytes.length,
  };
}

/** A line for each fact; what the file does not say is left out. */
function describe(key: string, value: unknown): string[] {
  if (value === undefined) return [];
  if (key === "bytes") return [`${key}: ${value} (${formatBytes(Number(value))})`];
  if (typeof value !== "object" || value === null) return [`${key}: ${value}`];
  if (key === "series") {
    return (value as ReturnType<typeof describeSeries>[]).map(({ number, name, shape, dtype }) =>
      `series ${number}: ${name ? `${name}, ` : ""}shape ${shape.join(", ")}, ${dtype}`
    );
  }
  if (key === "seriesNumber") return [`read: series ${value}`];
  if (Array.isArray(value)) return value.length === 0 ? [] : [`${key}: ${value.join(", ")}`];
  const pairs = Object.entries(value);
  if (pairs.length === 0) return [];
  if (key !== "extras" && key !== "training") {
    return [`${key}: ${pairs.map(([name, part]) => `${name} ${part ?? "not said"}`).join(", ")}`];
  }
  return pairs.map(([name, part]) => `${name}: ${part}`);
}
