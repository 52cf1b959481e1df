import { choice, count, file, nonNegative, number, toggle } from "./kinds.ts";
import { STACK_INPUT } from "./stack_input.ts";
import type { Options } from "./table.ts";

/** Beyond it a fit takes minutes, and no microscope resolves the bumps. */
const HIGHEST_DEGREE = 30;

const OBJECTS = "Objects:";
const RESULTS = "Results:";

/** How a stack becomes objects. */
export const LABELS = {
  threshold: {
    cli: number({}),
    placeholder: "value",
    group: OBJECTS,
    help: "the stacks are images: objects are where it is reached",
  },
  connectivity: {
    cli: choice("n", [6, 26]),
    group: OBJECTS,
    help: "voxels touch by faces (6) or also edges and corners (26)",
    default: 6,
  },
} as const satisfies Options;

const MIN_VOXELS = {
  minVoxels: { cli: count, group: OBJECTS, help: "leave out smaller objects", default: 1 },
} as const satisfies Options;

/** What is done with measurements. */
export const RESULT = {
  output: {
    cli: file,
    short: "o",
    placeholder: "file.svg",
    group: RESULTS,
    help: "a picture of them",
  },
  csv: { cli: file, group: RESULTS, help: "write every measurement, unrounded" },
  json: { cli: toggle, group: RESULTS, help: "the measurements as JSON on standard output" },
} as const satisfies Options;

/** `zaugnet analyse volumes`. */
export const VOLUMES = {
  ...LABELS,
  ...MIN_VOXELS,
  ...STACK_INPUT,
  ...RESULT,
  output: { ...RESULT.output, help: "scatter plot of the volumes" },
} as const satisfies Options;

/** `zaugnet analyse roughness`. */
export const ROUGHNESS = {
  ...LABELS,
  labels3d: {
    cli: file,
    placeholder: "stack",
    group: OBJECTS,
    help: "3D labels that join 2D labels along z by their overlap",
  },
  lMax: {
    cli: number({ whole: true, least: 1, most: HIGHEST_DEGREE }),
    help: "highest degree that is fitted",
    default: 15,
  },
  above: { cli: count, help: "the degrees above it are roughness", default: 5 },
  ...MIN_VOXELS,
  ...STACK_INPUT,
  ...RESULT,
  output: { ...RESULT.output, help: "plot of the power spectra" },
} as const satisfies Options;

/** `zaugnet analyse lengths`. */
export const LENGTHS = {
  threshold: {
    ...LABELS.threshold,
    help: "voxels of a stack that reach it are filament",
    usual: "not 0",
  },
  minLength: {
    cli: nonNegative,
    placeholder: "length",
    group: OBJECTS,
    help: "leave out shorter filaments",
    default: 0,
  },
  dilation: {
    cli: nonNegative,
    placeholder: "voxels",
    help: "for the IoU: radius of the lines",
    default: 2,
  },
  sigma: {
    cli: nonNegative,
    placeholder: "voxels",
    help: "for the IoU: smoothing of the masks",
    default: 1,
  },
  ...STACK_INPUT,
  ...RESULT,
  output: { ...RESULT.output, help: "box plot of the lengths" },
} as const satisfies Options;
