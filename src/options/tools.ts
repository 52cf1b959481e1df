import { option, phrase } from "../message.ts";
import { file, folder, modelName, number, texts, toggle } from "./kinds.ts";
import { ADAPTER, JSON_SUMMARY, MEMORY, PRECISION, WEIGHTS } from "./machine.ts";
import { STACK_INPUT } from "./stack_input.ts";
import type { Options } from "./table.ts";

/** `zaugnet merge`. */
export const MERGE = {
  output: {
    cli: file,
    short: "o",
    required: phrase`Say where to write with ${option("output", "FILE")}.`,
    help: "a .tif (ImageJ) or an .ome.tif (OME)",
  },
  ...JSON_SUMMARY,
} as const satisfies Options;

/** `zaugnet info`. */
export const INFO = {
  ...WEIGHTS,
  ...STACK_INPUT,
  json: { cli: toggle, help: "as JSON" },
} as const satisfies Options;

/** `zaugnet adapters`. */
export const ADAPTERS = { json: { cli: toggle, help: "as JSON" } } as const satisfies Options;

/** `zaugnet models`. */
export const MODELS = { json: { cli: toggle, help: "as JSON" } } as const satisfies Options;

/** `zaugnet models add`. */
export const MODELS_ADD = {
  name: {
    cli: modelName,
    help: "what it is to be called",
    usual: "the file's name",
  },
} as const satisfies Options;

/** `zaugnet convert`. */
export const CONVERT = {
  ...WEIGHTS,
  f16: { cli: toggle, help: "store half precision: half the size, rounded" },
  teacher: {
    cli: toggle,
    help: "leave out the teacher, which only training needs",
    default: true,
  },
} as const satisfies Options;

/** `zaugnet calibrate`. */
export const CALIBRATE = {
  model: {
    cli: file,
    short: "m",
    required: phrase`Name a ZAugNet model with ${option("model", "FILE")}.`,
    help: "a ZAugNet checkpoint (.pt, .safetensors), or the name of a model",
  },
  train: {
    cli: texts("folder..."),
    help: "stacks that the network was not trained on, a folder for each source, 5 at least",
    default: [],
  },
  output: {
    cli: file,
    short: "o",
    required: phrase`Say where to write with ${option("output", "FILE")}.`,
    help: "the model with its map, a .safetensors file",
  },
  f16: CONVERT.f16,
  ...STACK_INPUT,
  ...ADAPTER,
  ...MEMORY,
  ...PRECISION,
} as const satisfies Options;

/** `zaugnet demo`. */
export const DEMO = {
  output: { cli: folder, short: "o", help: "where stacks and pictures go", default: "out" },
  model: { cli: file, short: "m", help: "another model, by its file or name", usual: "`zaugnet`" },
  cells: { cli: toggle, help: "make a stack of cells instead, as a microscope would show them" },
} as const satisfies Options;

/** `zaugnet doctor`. */
export const DOCTOR = {
  adapter: { ...ADAPTER.adapter, group: undefined },
  json: { cli: toggle, help: "as JSON" },
} as const satisfies Options;

/** `zaugnet tune`. */
export const TUNE = {
  adapter: { ...ADAPTER.adapter, group: undefined },
  tile: {
    cli: number({ whole: true, least: 16, multipleOf: 16 }),
    help: "side of the slices or tiles, a multiple of 16",
    default: 256,
  },
  show: { cli: toggle, help: "show what is kept, and measure nothing", conflicts: ["forget"] },
  forget: { cli: toggle, help: "delete what is kept" },
  json: { cli: toggle, help: "what is kept as JSON on standard output" },
} as const satisfies Options;
