import { DEFAULT_FACTOR } from "../core.ts";
import { count, file, toggle } from "./kinds.ts";
import { ADAPTER, MEMORY, PRECISION } from "./machine.ts";
import { WINDOW } from "./predict.ts";
import { comparedStacks, sliceRun } from "./special_kinds.ts";
import { STACK_INPUT } from "./stack_input.ts";
import type { Options } from "./table.ts";

const SLICES = "Which slices, and how they are predicted:";
const RIVALS = "Compared with:";
const RESULTS = "Results:";

/** `zaugnet check`. */
export const CHECK = {
  model: {
    cli: file,
    short: "m",
    help:
      "a checkpoint (.pt, .safetensors) or a model's name; without it, what needs none is compared",
  },
  normalization: {
    ...WINDOW.normalization,
    http: undefined,
    group: undefined,
    help: "range that the network sees as 0..1",
    conflicts: [],
  },
  per: { ...WINDOW.per, http: undefined, group: undefined },
  range: { ...WINDOW.range, http: undefined, group: undefined, help: "that range, given" },
  ...STACK_INPUT,
  picture: {
    cli: file,
    placeholder: "file.png",
    help: "before | what wins | truth | difference, in XY and XZ",
  },
  json: { cli: toggle, help: "the table as JSON on standard output; null where one is not finite" },
  ...ADAPTER,
  ...MEMORY,
  ...PRECISION,
} as const satisfies Options;

/** `zaugnet evaluate`. */
export const EVALUATE = {
  model: {
    cli: file,
    short: "m",
    help: "a checkpoint (.pt as torch.save writes it, .safetensors), or the name of a model",
    usual: "`zaugnet` or `zaugnet+`, whichever fits",
  },
  factor: {
    cli: count,
    short: "f",
    group: SLICES,
    help: "every n-th slice is kept: 2, 4, 8, …; ZAugNet+: any",
    default: DEFAULT_FACTOR,
  },
  slices: {
    cli: sliceRun,
    group: SLICES,
    help: "slices a to b only, counted from 1; a is kept",
  },
  normalization: {
    ...WINDOW.normalization,
    http: undefined,
    group: SLICES,
    help: "range that the network sees as 0..1",
    conflicts: [],
  },
  per: { ...WINDOW.per, http: undefined, group: SLICES },
  range: {
    ...WINDOW.range,
    http: undefined,
    group: SLICES,
    help: "the intensities that the network sees as 0 and 1",
  },
  ...STACK_INPUT,
  uncertainty: {
    cli: toggle,
    group: SLICES,
    help: "predict with an ensemble; does its spread predict the error?",
  },
  flow: {
    cli: toggle,
    group: RIVALS,
    help: "leave out optical flow, which takes longer than the network in software",
    default: true,
  },
  compare: {
    cli: comparedStacks,
    group: RIVALS,
    help: "score a stack of another program, too; may be repeated",
    default: [],
  },
  csv: { cli: file, group: RESULTS, help: "write the score of each slice and method" },
  picture: {
    cli: file,
    placeholder: "file.png",
    group: RESULTS,
    help: "before | predicted | truth | difference, in XY and XZ",
  },
  report: {
    cli: file,
    placeholder: "file.html",
    group: RESULTS,
    help: "one page with pictures, tables and how it was made",
  },
  fid: {
    cli: toggle,
    group: RESULTS,
    help: "Fréchet Inception Distances of the slices, over all stacks",
  },
  inception: {
    cli: file,
    group: RESULTS,
    help: "for the FID: weights of Inception-v3, from torchvision or pytorch-fid",
  },
  json: {
    cli: toggle,
    group: RESULTS,
    help: "the scores as JSON on standard output; null where one is not finite",
  },
  ...ADAPTER,
  ...MEMORY,
  ...PRECISION,
} as const satisfies Options;
