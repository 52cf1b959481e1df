import { DEFAULT_MEMORY_LIMIT, SOFTWARE_MEMORY_LIMIT } from "../core.ts";
import { choice, count, positive, text, toggle } from "./kinds.ts";
import { size, sizeText } from "./special_kinds.ts";
import type { Options } from "./table.ts";

/** What a user may ask for; "auto" takes halves where `zaugnet tune` found them faster. */
export const PRECISIONS = ["auto", "f32", "f16"] as const;
export type Precision = typeof PRECISIONS[number];

const GROUP = "Machine:";

/** One adapter of this machine. */
export const ADAPTER = {
  adapter: {
    cli: text("which"),
    group: GROUP,
    help: "index or name, as `zaugnet adapters` lists them",
    usual: "the preferred one",
  },
} as const satisfies Options;

/** Several adapters, a worker each. */
export const ADAPTER_LIST = {
  adapters: {
    cli: text("list"),
    group: GROUP,
    help: "several at once: all, or indices and names with commas between",
    more: "See [scaling.md](scaling.md).",
    usual: "one",
  },
} as const satisfies Options;

/** One adapter or several, which this process or its workers compute on. */
export const FLEET = {
  adapter: { ...ADAPTER.adapter, conflicts: ["adapters"] },
  ...ADAPTER_LIST,
  workersPerAdapter: {
    cli: count,
    group: GROUP,
    help: "workers on each card, for cards that one leaves idle",
    default: 1,
  },
} as const satisfies Options;

/** How much of a device's memory predictions may use. */
export const MEMORY = {
  memory: {
    cli: size,
    group: GROUP,
    help: "most device memory to use, such as 4G",
    more: "WebGPU does not say how much there is.",
    usual: `${sizeText(DEFAULT_MEMORY_LIMIT)}, in software ${sizeText(SOFTWARE_MEMORY_LIMIT)}`,
  },
} as const satisfies Options;

/** In what format predictions keep their features. */
export const PRECISION = {
  precision: {
    cli: choice("format", PRECISIONS),
    group: GROUP,
    help: "precision of features: f32, f16 (less memory), or as tuned",
    more:
      "Half precision takes two thirds of the memory and is faster on some GPUs; `auto` takes " +
      "it where `zaugnet tune` found it faster.",
    default: "auto",
  },
} as const satisfies Options;

/** Which network of a model's file is meant. */
export const WEIGHTS = {
  weights: {
    cli: text("name"),
    help: "which weights of a model's file with several, such as raw and averaged ones",
  },
} as const satisfies Options;

/** How a service ends. */
export const DRAIN = {
  drainSeconds: {
    cli: positive,
    placeholder: "s",
    group: GROUP,
    help: "seconds that running jobs have to finish when the service ends",
    default: 60,
  },
} as const satisfies Options;

/** What is said on standard output. */
export const JSON_SUMMARY = {
  json: { cli: toggle, help: "a machine-readable summary on standard output" },
} as const satisfies Options;
