/**
 * Measures the terms of docs/scaling.md: what the queue costs a prediction, and what the exchange
 * costs a training step.
 *
 *   deno run -A bench/fleet_terms.ts [adapter, "0"] [workers, 2] [patch size, 64]
 */
import {
  createStackWriter,
  DEFAULT_SETTINGS,
  Device,
  normalizerFor,
  planPrediction,
  predictSlices,
  type SliceInterpolator,
  type StackInfo,
  type StackReader,
  writeModel,
} from "../src/core.ts";
import { fleetCards, openFleet, ReplicatedTrainer } from "../src/fleet/mod.ts";
import { chooseAdapter, settleDriver } from "../src/files/choose_adapter.ts";
import { initialParameters } from "../src/nn/init.ts";
import { generatorShapes } from "../src/zaugnet/model.ts";

const [which = "0", workers = "2", side = "64"] = Deno.args;
const count = Number(workers);
const size = Number(side);
const BATCHES = 12;
const STEPS = [1, 2, 3, 4];

settleDriver();
const cards = await fleetCards(which, count);
const milliseconds = async (work: () => Promise<unknown>) => {
  const start = performance.now();
  await work();
  return performance.now() - start;
};
const say = (what: string, value: number, unit = "ms") =>
  console.log(`${what.padEnd(52)} ${value.toFixed(1)} ${unit}`);

/** Predicts batches of one tile on the first `n` cards. */
async function predict(n: number): Promise<number> {
  const source = initialParameters(0);
  const weights = new Map(
    [...generatorShapes("zaugnet", false)].map(([name, shape]) => {
      const { data } = source.get(name, shape)!;
      return [name, { shape, data: Float32Array.from(data) }];
    }),
  );
  const model = {
    variant: "zaugnet",
    weights,
    hasTeacher: false,
    metadata: {},
    notes: [],
  } as const;
  const file = { bytes: writeModel(model), name: "fresh" };
  const { predictor, close } = await openFleet({ cards: cards.slice(0, n) }, file, console.error);
  const plane = new Float32Array(size * size).fill(0.5);
  const batch = () =>
    predictor.interpolate([{ before: plane, after: plane, dpm: 0.5 }], size, size);
  // The first ones compile.
  await Promise.all(Array.from({ length: 2 * n }, batch));
  const took = await milliseconds(() => Promise.all(Array.from({ length: BATCHES }, batch)));
  await close();
  return took / BATCHES;
}

/** Trains with one sample a replica. */
async function train(n: number): Promise<void> {
  const adapter = await chooseAdapter(which);
  const device = await Device.open(adapter, { memoryLimit: 4 * 2 ** 30 });
  const settings = {
    ...DEFAULT_SETTINGS,
    patchSize: size,
    batchSize: n,
    microBatch: 1,
    lambdaAdv: size < 256 ? 0 : 1e-3,
  };
  const sources = { generator: initialParameters(0), critic: initialParameters(1) };
  const trainer = ReplicatedTrainer.first(device, settings, sources, n - 1);
  await trainer.enlist(cards.slice(1, n), 4 * 2 ** 30);
  const planes = () => Float32Array.from({ length: n * size * size }, (_, i) => (i * 7 % 97) / 97);
  const batch = {
    before: planes(),
    after: planes(),
    truth: planes(),
    size,
    count: n,
    dpm: new Float32Array(n).fill(0.5),
  };
  const measured = async (index: number, next?: typeof batch) => {
    const { waiting, adding } = trainer.exchangeSpent;
    const took = await milliseconds(() => trainer.step(batch, index, next));
    const after = trainer.exchangeSpent;
    return { took, waiting: after.waiting - waiting, adding: after.adding - adding };
  };
  type Step = Awaited<ReturnType<typeof measured>>;
  // The quickest is the one that other work on the machine disturbed least.
  const least = (steps: readonly Step[], of: keyof Step) => Math.min(...steps.map((s) => s[of]));
  // The first one compiles. Where there is a critic, it steps alone in those after.
  await trainer.step(batch, 0);
  const steps: Step[] = [];
  for (const index of STEPS) steps.push(await measured(index));
  say(`training, ${n} replicas: a step`, least(steps, "took"));
  say("  waiting for the slowest replica", least(steps, "waiting"));
  say("  adding gradients in shared memory", least(steps, "adding"));
  const ahead: Step[] = [];
  for (const index of STEPS) ahead.push(await measured(index, batch));
  // The first one did not find its batch on the device, which the one before would have put there.
  say("  a step with the next batch at hand", least(ahead.slice(1), "took"));
  const tensors = trainer.generator.parameters.entries().map(([, tensor]) => tensor);
  const read = () => Promise.all(tensors.map((tensor) => device.read(tensor.storage)));
  const values = await read();
  const reads = Math.min(await milliseconds(read), await milliseconds(read));
  const write = async () => {
    tensors.forEach((tensor, i) => device.write(tensor.storage, values[i]));
    await tensors[0].read();
  };
  const writes = Math.min(await milliseconds(write), await milliseconds(write));
  say(
    `  ${(trainer.generator.parameters.count / 1e6).toFixed(1)} million gradients to the host`,
    reads,
  );
  say("  and back to the device", writes);
  await trainer.dismiss();
  trainer.dispose();
  device.close();
}

/** What one thread does for a tile beside the network: read, normalise, copy to a worker, write. */
async function host(): Promise<number> {
  const depth = 40;
  const sizes = { t: 1, c: 1, z: depth, y: size, x: size };
  const slices = Array.from(
    { length: depth },
    (_, z) => new Uint16Array(size * size).map((_, i) => 1000 + 500 * Math.sin(i / 9 + z / 3)),
  );
  const info: StackInfo = {
    sizes,
    sampleType: "uint16",
    storedType: "uint16",
    voxelSize: { unit: "" },
    format: "memory",
    notes: [],
  };
  const reader: StackReader = {
    name: "waves",
    info,
    readSlice: (_t, _c, z) => Promise.resolve(slices[z]),
  };
  const network: SliceInterpolator = {
    anyDistance: false,
    memoryLimit: 2 ** 30,
    peakBytes: () => 0,
    fits: (batch) => batch <= 4,
    // A copy to the worker; its answer moves without one.
    interpolate: (requests) => Promise.resolve(structuredClone(requests).map(({ after }) => after)),
  };
  const plan = planPrediction(info, network);
  const normalizer = await normalizerFor(reader);
  const took = await milliseconds(async () => {
    const writer = createStackWriter({ write: () => Promise.resolve() }, {
      format: "imagej",
      sizes: plan.sizes,
      sampleType: "uint16",
      voxelSize: { unit: "" },
    });
    for await (const { slice } of predictSlices(reader, network, plan, { normalizer })) {
      await writer.writeSlice(slice);
    }
    await writer.close();
  });
  return took / (depth - 1);
}

console.log(`${cards.map(({ name }) => name).join(", ")}; ${size} x ${size}`);
say("host: a tile", Math.min(await host(), await host(), await host()));
const one = await predict(1);
const all = await predict(count);
say("prediction, 1 worker: a tile", one);
say(`prediction, ${count} workers: a tile`, all);
say("  speed-up", one / all, "x");
await train(1);
await train(count);
