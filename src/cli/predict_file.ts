import { basename } from "node:path";
import {
  createStackWriter,
  type Model,
  type NetworkInterpolator,
  type NormalizationOptions,
  normalizerFor,
  openStack,
  planPrediction,
  type PredictionOptions,
  type PredictionPlan,
  predictSlices,
  type StackInfo,
  type StackOutput,
} from "../../mod.ts";
import { createFile, exists, openFile } from "./files.ts";
import { ProgressDisplay } from "./terminal.ts";

/** What one stack is predicted with. */
export interface PredictionJob {
  readonly model: Model;
  readonly modelName: string;
  readonly network: NetworkInterpolator;
  readonly options: PredictionOptions;
  readonly normalization: NormalizationOptions;
  readonly signal: AbortSignal;
}

/** What was done with one stack. */
export interface PredictionReport {
  readonly input: string;
  readonly output: string;
  /** True where a whole output was there already. */
  readonly skipped: boolean;
  readonly inputSizes: StackInfo["sizes"];
  readonly outputSizes: StackInfo["sizes"];
  readonly sampleType: StackInfo["sampleType"];
  readonly voxelSize: StackInfo["voxelSize"];
  readonly predictedSlices: number;
  readonly seconds: number;
  readonly peakDeviceBytes: number;
  readonly notes: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

const OME = /\.ome\.tiff?$/i;

/** Predicts one stack from file to file; an unfinished output is removed. */
export async function predictFile(
  input: string,
  output: string,
  job: PredictionJob,
): Promise<PredictionReport> {
  const { network, signal } = job;
  const start = performance.now();
  const source = await openFile(input);
  network.device.resetPeak();
  try {
    const reader = await openStack(source, { signal });
    const plan = planPrediction(reader.info, network, job.options);
    const display = new ProgressDisplay(basename(input));
    const normalizer = await normalizerFor(reader, { ...job.normalization, signal });
    const metadata = provenance(job, plan, normalizer.describe());
    const file = await createFile(output);
    try {
      const writer = createStackWriter(file, describeOutput(output, reader.info, plan, metadata));
      const slices = predictSlices(reader, network, plan, {
        ...{ normalizer, signal },
        onProgress: (progress) => display.show(progress),
      });
      for await (const { slice } of slices) await writer.writeSlice(slice);
      await writer.close();
      await file.finish();
    } catch (error) {
      await file.discard();
      throw error;
    } finally {
      display.end();
    }
    return report(input, output, reader.info, plan, {
      metadata,
      peakDeviceBytes: network.device.peakBytes,
      seconds: (performance.now() - start) / 1000,
    });
  } finally {
    source.close();
  }
}

/** What would be done with one stack, with the time it would take by one pass that is measured. */
export async function estimateFile(
  input: string,
  output: string,
  { network, options, signal }: PredictionJob,
): Promise<{ report: PredictionReport; plan: PredictionPlan }> {
  const source = await openFile(input);
  try {
    const { info } = await openStack(source, { signal });
    const plan = planPrediction(info, network, options);
    const { tileHeight, tileWidth } = plan.grid;
    const plane = new Float32Array(tileHeight * tileWidth);
    const request = { before: plane, after: plane, dpm: 0.5 };
    let seconds = 0;
    // The first pass also compiles.
    for (let pass = 0; pass < 2; pass++) {
      const start = performance.now();
      await network.interpolate([request], tileHeight, tileWidth);
      seconds = (performance.now() - start) / 1000;
    }
    const facts = {
      ...{ metadata: plan.metadata, peakDeviceBytes: plan.peakBytes },
      seconds: seconds * plan.tilePasses,
    };
    return { report: report(input, output, info, plan, facts), plan };
  } finally {
    source.close();
  }
}

/** The report of an output that is whole already, or undefined where it has to be made. */
export async function wholeOutput(
  input: string,
  output: string,
  job: PredictionJob,
): Promise<PredictionReport | undefined> {
  if (!await exists(output)) return undefined;
  const source = await openFile(input);
  const made = await openFile(output);
  try {
    const { info } = await openStack(source);
    const plan = planPrediction(info, job.network, job.options);
    const found = await openStack(made);
    if (!sameSizes(found.info.sizes, plan.sizes) || found.info.sampleType !== info.sampleType) {
      return undefined;
    }
    const facts = { metadata: {}, peakDeviceBytes: 0, seconds: 0 };
    return { ...report(input, output, info, plan, facts), skipped: true };
  } finally {
    source.close();
    made.close();
  }
}

function sameSizes(a: StackInfo["sizes"], b: StackInfo["sizes"]): boolean {
  return a.t === b.t && a.c === b.c && a.z === b.z && a.y === b.y && a.x === b.x;
}

function provenance(
  { model, modelName }: PredictionJob,
  plan: PredictionPlan,
  normalization: Readonly<Record<string, string>>,
): Record<string, string> {
  return { model: modelName, variant: model.variant, ...plan.metadata, ...normalization };
}

function describeOutput(
  output: string,
  info: StackInfo,
  plan: PredictionPlan,
  metadata: Readonly<Record<string, string>>,
): StackOutput {
  return {
    format: OME.test(output) ? "ome" : "imagej",
    ...{ sizes: plan.sizes, sampleType: info.sampleType, voxelSize: plan.voxelSize },
    ...{ frameInterval: info.frameInterval, channelNames: info.channelNames },
    extras: Object.fromEntries(
      Object.entries(metadata).map(([key, value]) => [`zaugnet.${key}`, value]),
    ),
  };
}

function report(
  input: string,
  output: string,
  info: StackInfo,
  plan: PredictionPlan,
  facts: Pick<PredictionReport, "metadata" | "peakDeviceBytes" | "seconds">,
): PredictionReport {
  return {
    ...{ input, output, skipped: false, inputSizes: info.sizes, outputSizes: plan.sizes },
    ...{ sampleType: info.sampleType, voxelSize: plan.voxelSize },
    ...{ predictedSlices: plan.predictedSlices, notes: [...info.notes, ...plan.notes], ...facts },
  };
}
