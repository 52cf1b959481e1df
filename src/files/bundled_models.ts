import { join } from "node:path";
import catalogue from "../../models/models.json" with { type: "json" };
import type { Variant } from "../core.ts";
import { MODELS } from "./installation.ts";

/** A model that comes with the program. */
export interface BundledModel {
  readonly name: string;
  readonly path: string;
  readonly variant: Variant;
  readonly parameters: number;
  readonly bytes: number;
  /** Hexadecimal SHA-256 of the file. */
  readonly sha256: string;
  readonly licence: string;
  /** Half a sentence: what it does. */
  readonly about: string;
  /** What the stacks that it was trained on show. */
  readonly trainedOn: readonly string[];
  /** Decibels over the better of linear and cubic interpolation, by held-out stack. */
  readonly gains: Readonly<Record<string, number>>;
}

const { models, stacks, scores }: Catalogue = catalogue;

/** `models/models.json`, from which models/README.md has its tables, too. */
export interface Catalogue {
  readonly models: readonly (
    & Omit<BundledModel, "path" | "variant" | "gains">
    & { readonly file: string; readonly variant: string }
  )[];
  /** Those trained on. */
  readonly stacks: Readonly<
    Record<string, Readonly<Record<"what" | "source" | "licence", string>>>
  >;
  /** PSNR in dB, and the mean error of the brightness in grey levels of 255. */
  readonly scores: readonly {
    readonly stack: string;
    readonly linear: number;
    readonly cubic: number;
    readonly pytorch: number;
    readonly models: Readonly<
      Record<string, { readonly psnr: number; readonly brightness: number }>
    >;
  }[];
}

/** The models that come with the program; each of its own variant. */
export const BUNDLED_MODELS: readonly BundledModel[] = models.map(({ file, ...model }) => ({
  ...model,
  path: join(MODELS, file),
  variant: model.variant === "zaugnet+" ? "zaugnet+" : "zaugnet",
  trainedOn: model.trainedOn.map((stack) => stacks[stack].what),
  gains: Object.fromEntries(
    scores.map(({ stack, linear, cubic, models }) => [
      stack,
      Number((models[model.name].psnr - Math.max(linear, cubic)).toFixed(2)),
    ]),
  ),
}));

/** The model that comes with the program by this name; undefined where none does. */
export function bundledModel(name: string): BundledModel | undefined {
  return BUNDLED_MODELS.find((model) => model.name === name);
}
