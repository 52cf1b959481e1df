import {
  type Face,
  InputError,
  type Message,
  type OptionPart,
  render,
  valueText,
} from "../core.ts";
import { PREDICTION } from "../options/predict.ts";
import type { PageField } from "../options/table.ts";
import { TRAIN } from "../options/train.ts";
import { pagedOptions } from "./option_fields.ts";

/** What a value of an option is called; without one, the option itself. */
type Label = (value: OptionPart["value"]) => string;

/** A field of the form, by the words that it has there. */
function field({ label, choices = {} }: PageField): Label {
  return (value) => {
    if (value === undefined) return `“${label}”`;
    const text = valueText(value);
    const [choice = text] = choices[text]?.split(": ") ?? [];
    return choice === text ? `“${label}” ${text}` : `“${choice}”`;
  };
}

/** What the form does not offer, by its name in plain words. */
const words = (name: string): Label => (value) =>
  value === undefined ? name : `${name} ${valueText(value)}`;

const FIELDS = Object.fromEntries(
  pagedOptions({ ...PREDICTION, ...TRAIN }).map(([name, { page }]) => [name, field(page)]),
);

/** Every option that messages of predictions and trainings speak of, as the page calls it. */
export const LABELS: Readonly<Record<string, Label>> = {
  ...FIELDS,
  factor: (value) => value === undefined ? FIELDS.factor(value) : `${value} parts of each gap`,
  spacing: (value) => typeof value === "number" ? `a z step of ${value}` : FIELDS.spacing(value),
  dpm: words("the distances in each gap"),
  positions: words("the positions of the slices"),
  method: words("the method"),
  sequence: words("files as slices of one stack"),
  weights: words("which weights of the model are meant"),
  repair: words("the repair of slices"),
  uncertainty: words("the uncertainty"),
  normalization: words("the normalisation"),
  range: words("the range of intensities"),
  tile: words("the tile side"),
  overlap: words("the tiles' overlap"),
  precision: words("the precision"),
  microBatch: words("the patches at once"),
  maxSpan: words("the most slices from before to after"),
  learningRate: words("the learning rate"),
  lambdaAdv: words("the critic's weight"),
  lambdaGp: words("the gradient penalty's weight"),
  nCritic: words("the critic's steps"),
  clipNorm: words("the bound of the gradients"),
  earlyStop: words("the early stop"),
  validation: words("the validation"),
  memory: words("the memory that may be used"),
};

/** Messages in the page's own words. */
export const PAGE: Face = {
  option({ option, value }, begins) {
    const text = LABELS[option]?.(value) ?? words(`the option ${option}`)(value);
    return begins ? text[0].toUpperCase() + text.slice(1) : text;
  },
};

/** What the server said that went wrong. */
export class SaidError extends Error {
  override name = "SaidError";

  constructor(readonly said: Message) {
    super(render(said));
  }
}

/** What went wrong, in the page's own words. */
export function wordsOf(error: unknown): string {
  const text = render(saidBy(error), PAGE);
  return /[^.!?]$/.test(text) ? `${text}.` : text;
}

function saidBy(error: unknown): Message {
  if (error instanceof SaidError || error instanceof InputError) return error.said;
  return error instanceof Error ? error.message : String(error ?? "");
}
