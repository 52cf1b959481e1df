import {
  AUGMENTATIONS,
  DEFAULT_EPOCHS,
  DEFAULT_MAX_SPAN,
  DEFAULT_MEMORY_LIMIT,
  DEFAULT_SETTINGS,
  DEFAULT_VALIDATE_EVERY,
  PIXEL_LOSSES,
  SETTING_BOUNDS,
  SMALLEST_CRITIC_PATCH,
  SOFTWARE_TRAINING_MEMORY,
  VARIANTS,
} from "../core.ts";
import { choice, count, file, folder, modelName, number, positive, text, toggle } from "./kinds.ts";
import { FLEET, JSON_SUMMARY, MEMORY } from "./machine.ts";
import { WINDOW } from "./predict.ts";
import { STACK_INPUT } from "./stack_input.ts";
import { augmentations, sizeText } from "./special_kinds.ts";
import { both, type Options, type OptionsOf } from "./table.ts";

/** Patches in a step of a service's training, and their side: more is a slip of the finger. */
const MOST_PATCHES = 256;
const LONGEST_PATCH_SIDE = 1024;

const NETWORK = "Network:";
const LENGTH = "How long (the first that is met ends the run):";
const STEPS = "Steps:";
const DATA = "Data:";
const RUN = "Run:";

/** How long a run lasts: what may be changed when it is resumed. */
export const LIMITS = {
  epochs: {
    ...both(count),
    group: LENGTH,
    help: "times that each triplet of slices is seen",
    usual: `${DEFAULT_EPOCHS} where nothing else bounds the run`,
    page: { label: "Epochs at most" },
  },
  maxSteps: {
    ...both(count),
    group: LENGTH,
    help: "steps of the whole run, those before a resume included",
    more: "A step is one batch.",
  },
  maxMinutes: {
    ...both(positive),
    placeholder: "n",
    group: LENGTH,
    help: "minutes from the start, or from the resume",
    more: "A server has its own limit.",
    page: { label: "Minutes at most", initial: "60", least: 1 },
  },
  earlyStop: {
    ...both(count),
    group: LENGTH,
    help: "end after n epochs without a better validation",
  },
  validateEvery: {
    ...both(count),
    group: LENGTH,
    help: "validate and save after each n-th epoch only",
    more: "It ends no run. A run of fewer epochs is not validated and leaves no " +
      "`best.safetensors`.",
    usual: String(DEFAULT_VALIDATE_EVERY),
  },
} as const satisfies Options;

/** How a network is trained, wherever that is. */
export const TRAINING = {
  variant: {
    ...both(choice("kind", VARIANTS)),
    group: NETWORK,
    help: "the network: ZAugNet predicts midway, ZAugNet+ at any distance",
    usual: `${DEFAULT_SETTINGS.variant}, or that of init`,
    page: {
      label: "Network",
      radio: true,
      choices: {
        "zaugnet": "ZAugNet: halves every gap, again and again",
        "zaugnet+": "ZAugNet+: predicts at any distance",
      },
    },
  },
  ...LIMITS,
  batchSize: {
    cli: number(SETTING_BOUNDS.batchSize),
    http: number({ ...SETTING_BOUNDS.batchSize, most: MOST_PATCHES }),
    group: STEPS,
    help: "patches in a step",
    default: DEFAULT_SETTINGS.batchSize,
    page: { label: "Batch" },
  },
  microBatch: {
    ...both(number(SETTING_BOUNDS.microBatch)),
    group: STEPS,
    help: "patches at once",
    more: "A batch larger than the memory goes in parts whose gradients are added up; the result " +
      "is the same but for roundings. By default the parts are the largest power of two that fits.",
    usual: "by the memory",
  },
  patchSize: {
    cli: number(SETTING_BOUNDS.patchSize),
    http: number({ ...SETTING_BOUNDS.patchSize, most: LONGEST_PATCH_SIDE }),
    group: STEPS,
    help: "side of patches, a multiple of 16",
    more: "At least 64; patches are cut out of the slices as they are, never scaled. The critic " +
      `needs at least ${SMALLEST_CRITIC_PATCH}.`,
    default: DEFAULT_SETTINGS.patchSize,
    page: { label: "Patch side", choices: { "256": "256", "128": "128", "64": "64" } },
  },
  learningRate: {
    ...both(number(SETTING_BOUNDS.learningRate)),
    group: STEPS,
    help: "learning rate of Adam",
    more: `Its betas are ${DEFAULT_SETTINGS.beta1} and ${DEFAULT_SETTINGS.beta2}.`,
    default: DEFAULT_SETTINGS.learningRate,
  },
  lambdaAdv: {
    ...both(number(SETTING_BOUNDS.lambdaAdv)),
    group: STEPS,
    help: "weight of the critic; 0 for none",
    more: "Without a critic a training is faster and takes less memory.",
    usual: `${DEFAULT_SETTINGS.lambdaAdv}; 0 with patches under ${SMALLEST_CRITIC_PATCH}`,
  },
  lambdaGp: {
    ...both(number(SETTING_BOUNDS.lambdaGp)),
    group: STEPS,
    help: "weight of its gradient penalty",
    default: DEFAULT_SETTINGS.lambdaGp,
  },
  nCritic: {
    ...both(number(SETTING_BOUNDS.criticSteps)),
    group: STEPS,
    help: "critic steps per generator step",
    more: "The critic steps at every batch, the generator at every n-th; ignored without a critic.",
    default: DEFAULT_SETTINGS.criticSteps,
  },
  clipNorm: {
    ...both(number(SETTING_BOUNDS.clipNorm)),
    group: STEPS,
    help: "largest norm of the gradient; 0 for no limit",
    more: "Larger ones are scaled down to it; the paper does not clip.",
    default: DEFAULT_SETTINGS.clipNorm,
  },
  pixelLoss: {
    ...both(choice("kind", PIXEL_LOSSES)),
    group: STEPS,
    help: "loss on pixels; the paper ignores the mean brightness",
    more: "`full` also counts the lowest level of the pyramid " +
      "([measured](training.md#which-pixel-loss)).",
    default: DEFAULT_SETTINGS.pixelLoss,
  },
  seed: {
    ...both(number(SETTING_BOUNDS.seed)),
    group: STEPS,
    help: "equal seeds make equal runs",
    default: DEFAULT_SETTINGS.seed,
  },
  maxSpan: {
    ...both(count),
    group: DATA,
    help: "ZAugNet+: slices from the first to the last of those seen, at most",
    default: DEFAULT_MAX_SPAN,
  },
  skipUncorrelated: {
    ...both(toggle),
    group: DATA,
    help: "leave out neighbours that hardly correlate",
    more: "A cut or a bleached gap lies between them; they are reported in any case.",
    default: false,
  },
  without: {
    ...both(augmentations),
    group: DATA,
    help: `augmentations to leave out: ${AUGMENTATIONS.join(",")}`,
    default: [],
  },
  normalization: { ...WINDOW.normalization, group: DATA, conflicts: [] },
  per: { ...WINDOW.per, group: DATA },
  ...STACK_INPUT,
  checkpointMinutes: {
    cli: positive,
    placeholder: "n",
    group: RUN,
    help: "minutes between saves; each validation saves, too",
    default: 10,
  },
  checkpointSteps: { cli: count, group: RUN, help: "steps between further saves" },
  keepCheckpoints: { cli: count, group: RUN, help: "checkpoints to keep", default: 2 },
} as const satisfies Options;

/** How a training is asked for, without any path. */
export type TrainingOptions = OptionsOf<typeof TRAINING>;

/** `zaugnet train`, and `POST /trainings`. */
export const TRAIN = {
  output: {
    cli: folder,
    short: "o",
    help: "where the run goes; required, unless --resume",
    more: "Nothing in it is replaced: a folder that holds a run or a model is refused.",
  },
  resume: {
    cli: folder,
    help: "go on with a run, bit for bit; with limits only",
    more: "Stacks and settings come from its `config.json`; paths are those that were given, so " +
      "start it from the same folder.",
  },
  init: {
    cli: file,
    http: modelName,
    group: NETWORK,
    help: "a model to start from: .pt or .safetensors, or its name",
    more:
      "A ZAugNet+ may start from a ZAugNet: it then answers as that does until it has learned " +
      "what the distance means. A model without its teacher, which prediction does not need, " +
      "starts with a fresh one, and a note says so.",
    page: { label: "Start from", choices: { "": "nothing" } },
  },
  ...TRAINING,
  positions: {
    cli: file,
    group: DATA,
    help: "z of each slice, for one stack with uneven steps",
  },
  validation: {
    cli: text("what"),
    http: choice("what", ["stacks", "blocks", "none"]),
    group: DATA,
    help: "what is held back to validate on: stacks, blocks or none; as a flag also files, with " +
      "commas between them",
    more:
      "`stacks` are the last 15 % of the stacks, `blocks` the last 15 % of the slices of each. " +
      "At most 24 triplets, spread evenly, and the middle 1024 x 1024 of larger slices are scored.",
    usual: "stacks where there are several, else blocks",
  },
  ...FLEET,
  memory: {
    ...MEMORY.memory,
    usual: `${sizeText(DEFAULT_MEMORY_LIMIT)}; ${sizeText(SOFTWARE_TRAINING_MEMORY)} in software`,
  },
  ...JSON_SUMMARY,
} as const satisfies Options;
