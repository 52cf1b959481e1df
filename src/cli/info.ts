import { Command } from "commander";
import {
  type Model,
  openStack,
  parameterCount,
  readModel,
  stackDigest,
  type StackInfo,
} from "../../mod.ts";
import { openFile, readWhole } from "./files.ts";
import { formatBytes } from "./terminal.ts";

export function infoCommand(): Command {
  return new Command("info")
    .summary("say what is in a stack or a model")
    .description("Says what is in a stack (TIFF) or a model (.pt, .safetensors).")
    .argument("<file>")
    .option("--json", "as JSON")
    .action(async (path: string, { json }: { json?: boolean }) => {
      const facts = await looksLikeModel(path) ? await modelFacts(path) : await stackFacts(path);
      if (json) return console.log(JSON.stringify(facts, null, 1));
      for (const [key, value] of Object.entries(facts)) {
        if (value !== undefined) console.log(`${key}: ${format(value)}`);
      }
    });
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

async function stackFacts(path: string): Promise<Record<string, unknown>> {
  const source = await openFile(path);
  try {
    const { info } = await openStack(source);
    const { sha256, min, max } = await stackDigest(source);
    const { sizes, voxelSize, frameInterval, channelNames, notes } = info;
    const { t, c, z, y, x } = sizes;
    return {
      ...{ kind: "stack", format: info.format, axes: "TCZYX", shape: [t, c, z, y, x] },
      ...{ dtype: info.storedType, computedAs: info.sampleType, voxelSize: cleaned(voxelSize) },
      ...{ frameInterval, channelNames, min, max, sha256, bytes: source.size, notes },
    };
  } finally {
    source.close();
  }
}

function cleaned({ z, y, x, unit }: StackInfo["voxelSize"]) {
  return { z: z ?? null, y: y ?? null, x: x ?? null, unit };
}

async function modelFacts(path: string): Promise<Record<string, unknown>> {
  const bytes = await readWhole(path);
  const model: Model = readModel(bytes, path);
  return {
    ...{ kind: "model", variant: model.variant, parameters: parameterCount(model) },
    ...{ teacher: model.hasTeacher, training: model.metadata, notes: model.notes },
    bytes: bytes.length,
  };
}

function format(value: unknown): string {
  if (typeof value === "number" && value > 1e6) return `${value} (${formatBytes(value)})`;
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}
