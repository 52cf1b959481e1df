import { option, phrase } from "../message.ts";
import {
  CALIBRATIONS,
  DEFAULT_FACTOR,
  DEFAULT_OVERLAP,
  METHODS,
  NORMALIZATIONS,
  NORMALIZED_PARTS,
} from "../core.ts";
import { both, type Options, type OptionsOf } from "./table.ts";
import { STACK_INPUT } from "./stack_input.ts";
import { choice, count, file, modelName, number, numbers, text, toggle } from "./kinds.ts";
import { FLEET, HOST_MEMORY, JSON_SUMMARY, MEMORY, PRECISION, WEIGHTS } from "./machine.ts";
import { range, repair, shard, spacing } from "./special_kinds.ts";

const SLICES = "Which slices (one of --factor, --dpm and --spacing):";
const INTENSITIES = "Intensities (the range that the network sees as 0..1):";
const TILES = "Tiles of large images:";
const SERVER = "Server (see docs/api.md):";
const RUN = "Run:";

/** Which intensities a network sees as 0 and 1. */
export const WINDOW = {
  normalization: {
    ...both(choice("kind", NORMALIZATIONS)),
    group: INTENSITIES,
    help: "how the intensities that the network sees as 0..1 are chosen",
    more: "Use what the model was trained with; see " +
      "[Normalisation](../README.md#normalisation).",
    usual: "dtype for 8 bit, stack for all else",
    conflicts: ["range"],
  },
  range: {
    ...both(range),
    group: INTENSITIES,
    help: "the intensities that the network sees as 0 and 1",
  },
  per: {
    ...both(choice("what", NORMALIZED_PARTS)),
    group: INTENSITIES,
    help: "stack, percentile and zscore: what has a range of its own",
    more: "`frame` is each channel of each frame. A range that is given, and that of the type, " +
      "hold for all.",
    usual: "channel",
    page: {
      label: "A range of its own for each",
      choices: {
        "": "channel",
        frame: "channel of each frame",
        stack: "stack",
      },
    },
  },
} as const satisfies Options;

/** What is asked of a prediction, wherever it is computed. */
export const PREDICTION = {
  factor: {
    ...both(count),
    short: "f",
    group: SLICES,
    help: "parts of each gap: 2, 4, 8, …; ZAugNet+: any",
    more: "z becomes N(z - 1) + 1.",
    usual: String(DEFAULT_FACTOR),
    page: {
      label: "Parts of each gap",
      choices: { "2": "2", "4": "4", "8": "8", "16": "16" },
    },
  },
  dpm: {
    ...both(numbers),
    group: SLICES,
    help: "ZAugNet+: relative distances in each gap, such as 0.25,0.5,0.8",
  },
  spacing: {
    ...both(spacing),
    group: SLICES,
    help: 'a z step in the stack\'s unit, or "isotropic"',
    more: "A step that does not divide the stack's needs ZAugNet+.",
    page: { label: "A z step of", choices: { isotropic: "As fine as in the plane" } },
  },
  positions: {
    cli: file,
    http: numbers,
    group: SLICES,
    help: "z of each slice, for stacks with uneven steps",
    more: "Numbers, in a file with spaces, commas or lines between.",
  },
  repair: {
    ...both(repair),
    group: SLICES,
    help: 'fill damaged or missing slices instead: 3,7-9 (from 1), or "auto" to find them',
    more: "All other slices stay as they are.",
    conflicts: ["factor", "dpm", "spacing", "positions", "resume", "shard", "uncertainty"],
  },
  uncertainty: {
    ...both(toggle),
    group: SLICES,
    help: "mean of 8 predictions (8 times the work), and their spread as a second stack",
    more: "The predictions are of the stack turned and mirrored; on the command " +
      "line the spread goes to OUTPUT-spread.tif.",
    conflicts: ["shard"],
  },
  calibration: {
    ...both(choice("kind", CALIBRATIONS)),
    group: SLICES,
    help: "weigh network, linear and cubic as suits the stack, or leave the network's answers",
    more: "It needs a model that carries a map; see [calibration.md](calibration.md). Repaired " +
      "slices are the network's own.",
    usual: "auto",
  },
  ...STACK_INPUT,
  ...WINDOW,
  tile: {
    ...both(count),
    group: TILES,
    help: "side of tiles, a multiple of 16",
    usual: "the whole slice if it fits the memory, else the largest that does",
  },
  overlap: {
    ...both(count),
    group: TILES,
    help: "pixels that tiles share, a multiple of 16",
    usual: String(DEFAULT_OVERLAP),
  },
  batchSize: {
    ...both(count),
    group: TILES,
    help: "tiles in one pass",
    usual: "as many as fit the memory",
    more: "On a software adapter fewer, so that progress shows: four 256 x 256 tiles' worth.",
  },
} as const satisfies Options;

/** What is asked of a prediction; the positions are read already. */
export type PredictionWish = OptionsOf<typeof PREDICTION, "http">;

/** `zaugnet predict`, and `POST /predictions`. */
export const PREDICT = {
  model: {
    cli: file,
    http: modelName,
    short: "m",
    help: "a ZAugNet checkpoint (.pt, .safetensors), or the name of a model",
    more:
      "`zaugnet models` lists the names; a service has its own. A query's `+` may stand as it is.",
    usual: "`zaugnet` or `zaugnet+`, whichever fits",
  },
  ...WEIGHTS,
  output: {
    cli: text("path"),
    short: "o",
    help: "a .tif (ImageJ), an .ome.tif (OME), or a folder",
    more:
      "A folder is made where it is absent. Without this option, a file that `zaugnet` did not " +
      "make is never replaced.",
    usual: "NAME_zaugnet.tif beside the stack, FOLDER_zaugnet/ for a folder",
  },
  method: {
    cli: choice("kind", METHODS),
    help: "predict without a network instead, on any machine",
    more: 'In seconds, at any factor and distance; "adaptive" and "bands" are fitted to the ' +
      "stack's own slices. See [calibration.md](calibration.md).",
    conflicts: [
      ...[
        "model",
        "weights",
        "calibration",
        "repair",
        "uncertainty",
        "tile",
        "overlap",
        "batchSize",
      ],
      ...["adapter", "adapters", "memory", "precision", "server"],
      ...["resume", "shard", "dryRun", "profile"],
    ],
  },
  format: {
    http: choice("kind", ["imagej", "ome"]),
    help: "kind of the result: ImageJ hyperstack or OME-TIFF",
    default: "imagej",
  },
  ...PREDICTION,
  ...FLEET,
  ...MEMORY,
  ...HOST_MEMORY,
  ...PRECISION,
  server: {
    cli: text("url"),
    group: SERVER,
    help: "predict on that server, not on this machine",
    more: "See [api.md](api.md).",
    conflicts: [
      ...[
        "adapter",
        "adapters",
        "memory",
        "hostMemory",
        "precision",
        "resume",
        "dryRun",
        "shard",
        "profile",
      ],
    ],
  },
  tokenFile: { cli: file, group: SERVER, help: "a file with the server's token" },
  resume: {
    cli: toggle,
    group: RUN,
    help: "skip stacks whose output is whole and was made in the same way",
  },
  shard: {
    cli: shard,
    group: RUN,
    help: "the i-th of n parts (from 0) of the stacks, or of one stack",
    more: "For many machines; `zaugnet merge` joins the parts. `slurm` in a task of a Slurm array.",
  },
  dryRun: {
    cli: toggle,
    group: RUN,
    help: "say what would be done, with memory and time",
    more: "The time is measured by one pass; nothing is written.",
  },
  profile: {
    cli: file,
    group: RUN,
    help: "a timeline of the device, for Perfetto or chrome://tracing",
    more: "It also says which kernels took longest.",
  },
  ...JSON_SUMMARY,
} as const satisfies Options;

/** `POST /interpolate`. */
export const INTERPOLATE = {
  model: {
    ...PREDICT.model,
    usual: undefined,
    required: phrase`Name a model with ${option("model")}.`,
  },
  dpm: {
    http: number({ above: 0, below: 1 }),
    help: "relative distance from the first slice",
    usual: "0.5, and always for ZAugNet",
  },
  ...WINDOW,
  height: { http: count, help: "of raw slices" },
  width: { http: count, help: "of raw slices" },
} as const satisfies Options;
