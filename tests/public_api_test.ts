import assert from "assert";
import { fileURLToPath } from "node:url";

/** A change here is a change for users: it belongs into CHANGELOG.md. */
const EXPORTS = `
AdapterInfo ByteSource Calibration CheckpointError Device DeviceLostError DeviceOptions DivergedError Face GpuError
GpuOutOfMemoryError GradientOptions InputError Message Model Normalization NotDifferentiableError OptionPart Progress
SampleType Shape ShapeError Slice Stack StackDescription StackInfo StackOptions StackReader Tensor
TensorTooLargeError TiffError TrainOptions TrainingEvent UpsampleOptions Variant VoxelSize bytesSource
encodeTiff gradient keep listAdapters noGrad openStack ops readModel scope train upsample writeModel
`;

const words = (text: string) => text.trim().split(/\s+/);

/** A symbol as `deno doc --json` tells it; a namespace has symbols within. */
interface DocumentedSymbol {
  readonly name: string;
  readonly declarations: readonly {
    readonly jsDoc?: { readonly doc?: string };
    readonly def?: { readonly elements?: readonly DocumentedSymbol[] };
  }[];
}

interface Documentation {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocumentedSymbol[] }>>;
}

function documentedSymbols(): DocumentedSymbol[] {
  const path = fileURLToPath(new URL("../mod.ts", import.meta.url));
  const { stdout, stderr, success } = new Deno.Command(Deno.execPath(), {
    args: ["doc", "--json", path],
  }).outputSync();
  assert.ok(success, new TextDecoder().decode(stderr));
  const { nodes }: Documentation = JSON.parse(new TextDecoder().decode(stdout));
  return Object.values(nodes).flatMap(({ symbols }) => symbols);
}

const symbols = documentedSymbols();

/** A symbol's name, and those of the symbols within it, where no declaration has a comment. */
function withoutComment({ name, declarations }: DocumentedSymbol): string[] {
  const within = declarations.flatMap(({ def }) => def?.elements ?? []);
  const own = declarations.some(({ jsDoc }) => jsDoc?.doc) ? [] : [name];
  return [...own, ...within.flatMap(withoutComment).map((inner) => `${name}.${inner}`)];
}

Deno.test("mod.ts exports these names, values and types", () => {
  assert.deepEqual(symbols.map(({ name }) => name).sort(), words(EXPORTS));
});

Deno.test("everything that mod.ts exports has a comment, each operation too", () => {
  const operations = symbols.find(({ name }) => name === "ops")?.declarations[0].def?.elements;
  assert.ok(operations?.some(({ name }) => name === "conv2d"), "operations are looked at");
  assert.deepEqual(symbols.flatMap(withoutComment), []);
});
