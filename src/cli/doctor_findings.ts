import { statfs } from "node:fs/promises";
import { createHash } from "node:crypto";
import {
  type AdapterInfo,
  DEFAULT_MEMORY_LIMIT,
  Device,
  InputError,
  SOFTWARE_MEMORY_LIMIT,
} from "../core.ts";
import { driverFiles, listCards } from "../fleet/mod.ts";
import { chooseAdapter } from "../files/choose_adapter.ts";
import { BUNDLED_MODELS, type BundledModel } from "../files/bundled_models.ts";
import { exists, readWhole } from "../files/local_files.ts";
import { formatBytes, formatSeconds } from "../files/quantities.ts";
import { isRight, type SelfTest, selfTest } from "../files/self_test.ts";
import { adviceHere } from "./system_advice.ts";
import { tuningFile } from "../files/tuning.ts";

/** One thing that was looked at. */
export interface Finding {
  readonly subject: string;
  /** A warning lets the program work, slowly or not for long; a problem does not. */
  readonly state: "ok" | "warning" | "problem";
  /** A sentence. */
  readonly said: string;
  /** What to do, a sentence, where it is not ok. */
  readonly advice?: string;
}

const FEW_BYTES = { memory: 2 * 2 ** 30, disk: 2 ** 30 };

/** Looks at all that predictions need, and tells of each thing as it is found. */
export async function* examine(adapter?: string): AsyncGenerator<Finding> {
  yield* drivers();
  for (const model of BUNDLED_MODELS) yield await modelFinding(model);
  yield* await adapters(adapter);
  yield memory();
  yield await disk();
}

function* drivers(): Generator<Finding> {
  if (Deno.build.os !== "linux") return;
  const files = driverFiles();
  const subject = "drivers";
  if (files.length > 0) {
    return yield { subject, state: "ok", said: `Vulkan finds ${files.join(", ")}.` };
  }
  const variable = ["VK_DRIVER_FILES", "VK_ICD_FILENAMES"].find((name) => Deno.env.get(name));
  yield variable === undefined
    ? { subject, state: "problem", said: "There is no Vulkan driver.", advice: adviceHere().driver }
    : {
      subject,
      state: "problem",
      said: `${variable} names ${Deno.env.get(variable)}, where there is no Vulkan driver.`,
      advice: `Correct ${variable}, or unset it.`,
    };
}

/** Whether a model is the file that was published. */
export async function modelFinding(
  { name, path, sha256 }: Pick<BundledModel, "name" | "path" | "sha256">,
): Promise<Finding> {
  const subject = `model ${name}`;
  const bytes = await readWhole(path).catch(() => undefined);
  const digest = bytes && createHash("sha256").update(bytes).digest("hex");
  if (digest === sha256) return { subject, state: "ok", said: `It is whole: ${path}.` };
  return {
    subject,
    state: "problem",
    said: `${path} is ${bytes ? "not as it was published" : "not there"}.`,
    advice: "Install the program again; in a checkout: git checkout models",
  };
}

/** The adapters, which one is taken and why, what it offers, and whether it computes rightly. */
async function adapters(wanted?: string): Promise<Finding[]> {
  const subject = "adapter";
  const cards = await listCards();
  if (cards.length === 0) {
    const said = "WebGPU finds no adapter.";
    return [{ subject, state: "problem", said, advice: adviceHere().driver }];
  }
  const listed: Finding[] = cards.map(({ index, name, type }) => ({
    subject: `adapter ${index}`,
    state: "ok",
    said: `${name}${type === "software" ? ", in software" : ""}.`,
  }));
  try {
    const chosen = await chooseAdapter(wanted);
    const device = await Device.open(chosen);
    try {
      return [
        ...listed,
        taken(chosen, wanted),
        ...offered(chosen),
        ...await tested(device),
        await cache(chosen),
      ];
    } finally {
      device.close();
    }
  } catch (error) {
    // An adapter that was named and is not there is no fault of the machine.
    if (error instanceof InputError) throw error;
    const { message } = error as Error;
    return [...listed, { subject, state: "problem", said: message, advice: adviceHere().driver }];
  }
}

function taken({ name, type }: AdapterInfo, wanted?: string): Finding {
  const subject = "taken";
  if (type === "gpu") {
    const why = wanted === undefined
      ? "the GPU that the system prefers for speed"
      : `named with --adapter ${wanted}`;
    return { subject, state: "ok", said: `${name}: ${why}.` };
  }
  const why = wanted === undefined ? "no GPU was found" : `named with --adapter ${wanted}`;
  const said = `${name}: ${why}. It computes on the CPU, right but slowly.`;
  return { subject, state: "warning", said, advice: adviceHere().gpu };
}

function offered({ type, features, maxBufferSize, maxBindingSize }: AdapterInfo): Finding[] {
  const limit = type === "software" ? SOFTWARE_MEMORY_LIMIT : DEFAULT_MEMORY_LIMIT;
  const halves = features.includes("shader-f16");
  return [
    {
      subject: "limits",
      state: "ok",
      said: `Largest buffer ${formatBytes(maxBufferSize)}, largest binding ` +
        `${formatBytes(maxBindingSize)}; predictions take at most ${formatBytes(limit)} of the ` +
        "device's memory (--memory).",
    },
    {
      subject: "half precision",
      state: "ok",
      said: halves
        ? "There (shader-f16): --precision f16 takes two thirds of the memory."
        : "Not there (no shader-f16): --precision f16 can't be taken, all else can.",
    },
  ];
}

async function tested(device: Device): Promise<Finding[]> {
  const tests = await selfTest(device);
  return tests.map((test) => findingOf(test));
}

/** What a self-test says. */
export function findingOf(test: SelfTest): Finding {
  const { precision, difference, tolerance, seconds } = test;
  const subject = `self-test ${precision}`;
  const of = `from PyTorch's numbers (${tolerance} is allowed)`;
  if (isRight(test)) {
    const said = `A pass of the network took ${formatSeconds(seconds)} and is within ` +
      `${difference.toExponential(0)} ${of}.`;
    return { subject, state: "ok", said };
  }
  return {
    subject,
    state: "problem",
    said: `A pass of the network is ${difference.toExponential(0)} away ${of}.`,
    advice: "Predict nothing with this driver: update it, or take another adapter with --adapter" +
      (precision === "f16" ? ", or --precision f32." : "."),
  };
}

function memory(): Finding {
  const subject = "memory";
  const { total, available } = Deno.systemMemoryInfo();
  const said = `${formatBytes(available)} of ${formatBytes(total)} are free.`;
  if (available >= FEW_BYTES.memory) return { subject, state: "ok", said };
  return { subject, state: "warning", said, advice: "Close other programs, or take --tile 256." };
}

async function disk(): Promise<Finding> {
  const subject = "disk";
  const here = Deno.cwd();
  const { bavail, bsize } = await statfs(here);
  const said = `${formatBytes(bavail * bsize)} are free in ${here}.`;
  if (bavail * bsize >= FEW_BYTES.disk) return { subject, state: "ok", said };
  return { subject, state: "warning", said, advice: "Make room, or write elsewhere: --output." };
}

/** What `zaugnet tune` has kept of an adapter. */
async function cache(adapter: AdapterInfo): Promise<Finding> {
  const subject = "cache";
  const file = tuningFile(adapter);
  if (file === undefined) {
    const said = "There is no folder for what `zaugnet tune` measures.";
    return { subject, state: "warning", said, advice: "Set HOME or XDG_CACHE_HOME." };
  }
  const said = await exists(file)
    ? `Kernels were tuned for this adapter: ${file}.`
    : `No kernels were tuned for this adapter; \`zaugnet tune\` would keep them as ${file}.`;
  return { subject, state: "ok", said };
}
