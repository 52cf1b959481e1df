import { InputError } from "../errors.ts";
import { firstNotFinite } from "../finite.ts";
import { option, phrase } from "../message.ts";
import { readCheckpoint } from "../io/checkpoint.ts";
import { writeSafetensors } from "../io/safetensors.ts";
import { valueCount, type Weights, type WeightTensor } from "../io/weights.ts";
import { ParameterShapes } from "../nn/module.ts";
import { generator, type Variant } from "./generator.ts";
import { type GeneratorWidths, generatorWidths, PAPER_WIDTHS } from "./widths.ts";

/** A generator's weights with what is known of them; plain data, on no device. */
export interface Model {
  readonly variant: Variant;
  /** By PyTorch's names, DataParallel's `module.` taken out. */
  readonly weights: Weights;
  /** False where the teacher, which only training needs, was left out. */
  readonly hasTeacher: boolean;
  /** Training facts and the like, from safetensors' metadata block. */
  readonly metadata: Readonly<Record<string, string>>;
  /** What lay beside the generator in the file and was left out, in words. */
  readonly notes: readonly string[];
}

/** A parameter that every variant's generator has, and whose shape tells them apart. */
const FIRST = "block0.conv0.0.0.weight";
const MOST_NAMED = 12;

/** The parameters of a variant's generator, of the paper's widths or others: names and shapes. */
export function generatorShapes(
  variant: Variant,
  teacher: boolean,
  widths?: GeneratorWidths,
): ReadonlyMap<string, readonly number[]> {
  const store = new ParameterShapes();
  generator(store, variant, teacher, widths);
  return store.shapes;
}

/** The widths of a model's network. */
export function modelWidths({ weights }: Pick<Model, "weights">): GeneratorWidths {
  return generatorWidths((name) => weights.get(name)?.shape);
}

/** Number of values in a model's parameters. */
export function parameterCount(model: Model): number {
  return [...model.weights.values()].reduce((total, { shape }) => total + valueCount(shape), 0);
}

/**
 * Reads a model from a checkpoint: .pt as torch.save writes it, or safetensors. DataParallel's
 * `module.` is dropped from the names; a critic or an optimiser beside the generator is left out.
 * The network may be narrower than the paper's. Where the file has several generators (raw and
 * averaged weights), `weights` is the name of one.
 * @throws {InputError} for what is not a checkpoint or not a ZAugNet generator, naming every parameter
 * that is missing, extra or of another shape; for several generators of which none is chosen.
 */
export function readModel(
  bytes: Uint8Array,
  name = "the model",
  { weights: wanted }: { readonly weights?: string } = {},
): Model {
  const { weights: stored, metadata, ignored } = readCheckpoint(bytes, name);
  const weights = new Map<string, WeightTensor>();
  for (const [key, tensor] of stored) weights.set(withoutModule(key), tensor);
  const { prefix, others } = choosePrefix(name, [...weights.keys()], wanted);
  const isOther = (key: string) => others.some((other) => key.startsWith(other));
  const own = new Map<string, WeightTensor>();
  const beside: string[] = [...ignored];
  for (const [key, tensor] of weights) {
    if (key.startsWith(prefix) && !isOther(key) && !isBeside(key.slice(prefix.length))) {
      own.set(key.slice(prefix.length), tensor);
    } else beside.push(key);
  }
  const variant = variantOf(name, own.get(FIRST)!);
  const hasTeacher = [...own.keys()].some((key) => key.startsWith("block_tea."));
  const widths = modelWidths({ weights: own });
  checkWidths(name, widths);
  checkParameters(name, own, generatorShapes(variant, hasTeacher, widths));
  return { variant, weights: own, hasTeacher, metadata, notes: describeBeside(beside) };
}

/** The model as a safetensors file, its kind in the metadata block. */
export function writeModel(
  model: Model,
  { storage = "F32" }: { storage?: "F32" | "F16" } = {},
): Uint8Array<ArrayBuffer> {
  const metadata = { ...model.metadata, "zaugnet.variant": model.variant };
  return writeSafetensors(model.weights, { storage, metadata });
}

/** The model without the parameters of the teacher. */
export function withoutTeacher(model: Model): Model {
  const kept = [...model.weights].filter(([name]) => !name.startsWith("block_tea."));
  return { ...model, hasTeacher: false, weights: new Map(kept) };
}

/** Where ZAugNet+ takes the DPM among a flow block's inputs: after both images. */
const DPM_CHANNEL = 2;

/**
 * A ZAugNet+ that answers as a ZAugNet does, whatever the DPM: the weights of the new input are 0
 * until training finds better ones.
 */
export function asZAugNetPlus(model: Model): Model {
  const weights = [...model.weights].map(([name, tensor]) =>
    [name, /^block\w+\.conv0\.0\.0\.weight$/.test(name) ? withDpm(tensor) : tensor] as const
  );
  return { ...model, variant: "zaugnet+", weights: new Map(weights) };
}

function withDpm({ shape: [outputs, inputs, height, width], data }: WeightTensor): WeightTensor {
  const area = height * width;
  const wider = new Float32Array(outputs * (inputs + 1) * area);
  for (let k = 0; k < outputs; k++) {
    const from = k * inputs * area;
    const to = k * (inputs + 1) * area;
    const images = DPM_CHANNEL * area;
    wider.set(data.subarray(from, from + images), to);
    wider.set(data.subarray(from + images, from + inputs * area), to + images + area);
  }
  return { shape: [outputs, inputs + 1, height, width], data: wider };
}

/** What a weight is called where its generator has no name of its own. */
const UNNAMED = "model";

/** What stands before the names of the generator's parameters: "", "generator.", "ema.". */
function choosePrefix(name: string, keys: readonly string[], wanted: string | undefined) {
  const prefixes = keys.filter((key) => key === FIRST || key.endsWith(`.${FIRST}`))
    .map((key) => key.slice(0, -FIRST.length));
  if (prefixes.length === 0) {
    throw new InputError(`${name} is not a ZAugNet generator: it has no parameter ${FIRST}`);
  }
  const named = prefixes.map((prefix) => prefix.slice(0, -1) || UNNAMED);
  const listed = named.join(", ");
  // The parameters of another generator may lie under this one's name: "" is before all.
  const chosen = (prefix: string) => ({
    prefix,
    others: prefixes.filter((other) => other !== prefix && other.startsWith(prefix)),
  });
  if (wanted === undefined) {
    if (prefixes.length === 1) return chosen(prefixes[0]);
    throw new InputError(
      phrase`${name} holds ${prefixes.length} generators (${listed}): choose one by its name,
        with ${option("weights", "NAME")}`,
    );
  }
  const at = named.indexOf(wanted);
  if (at >= 0) return chosen(prefixes[at]);
  throw new InputError(`${name} has no weights called ${wanted}, only ${listed}`);
}

function withoutModule(key: string): string {
  return key.split(".").filter((part) => part !== "module").join(".");
}

/** The critic's and the optimiser's names, where they share the generator's dictionary. */
function isBeside(key: string): boolean {
  return /^(layers|discriminator|critic|netD|optimi[sz]er\w*)\./.test(key);
}

function variantOf(name: string, { shape }: WeightTensor): Variant {
  if (shape[1] === 2) return "zaugnet";
  if (shape[1] === 3) return "zaugnet+";
  throw new InputError(
    `${name} is not a ZAugNet generator: ${FIRST} has the shape [${shape}], ` +
      `expected [120,2,3,3] (ZAugNet) or [120,3,3,3] (ZAugNet+)`,
  );
}

/** Memory and batches are planned by what the paper's widths take: a wider network might not fit. */
function checkWidths(name: string, { blocks, context }: GeneratorWidths): void {
  const most = PAPER_WIDTHS.generator;
  const fit =
    blocks.every((width, i) => width % 2 === 0 && width >= 2 && width <= most.blocks[i]) &&
    context % 4 === 0 && context >= 4 && context <= most.context;
  if (fit) return;
  throw new InputError(
    `${name} has flow blocks of ${blocks.join(", ")} channels and a context of ${context}: they ` +
      `must be even and at most ${most.blocks.join(", ")}, and a multiple of 4 and at most ` +
      `${most.context}.`,
  );
}

function checkParameters(
  name: string,
  weights: Weights,
  expected: ReadonlyMap<string, readonly number[]>,
): void {
  const missing = [...expected.keys()].filter((key) => !weights.has(key));
  const extra = [...weights.keys()].filter((key) => !expected.has(key));
  const misshapen: string[] = [];
  for (const [key, shape] of expected) {
    const found = weights.get(key)?.shape;
    if (found && found.join() !== shape.join()) {
      misshapen.push(`${key} is [${found}], expected [${shape}]`);
    }
  }
  const faults = [
    ...(missing.length ? [`missing: ${missing.join(", ")}`] : []),
    ...(extra.length ? [`extra: ${extra.join(", ")}`] : []),
    ...(misshapen.length ? [`of another shape: ${misshapen.join(", ")}`] : []),
  ];
  if (faults.length > 0) {
    throw new InputError(`${name} does not fit the generator. Parameters ${faults.join("; ")}`);
  }
  for (const [key, { data }] of weights) {
    if (firstNotFinite(data) !== undefined) {
      throw new InputError(`${name} is damaged: the parameter ${key} holds NaN or infinity`);
    }
  }
}

function describeBeside(names: readonly string[]): string[] {
  if (names.length === 0) return [];
  const shown = names.slice(0, MOST_NAMED).join(", ");
  const more = names.length > MOST_NAMED ? ` and ${names.length - MOST_NAMED} more` : "";
  return [`Left out, since only the generator is needed: ${shown}${more}.`];
}
