/** The page's worker: the same engine as the command line's, on this browser's WebGPU. */
import {
  carriedOver,
  createStackWriter,
  Device,
  fitCompletion,
  InputError,
  listAdapters,
  makeSampleStack,
  type Model,
  NetworkInterpolator,
  normalizerFor,
  planPrediction,
  predictSlices,
  type Progress,
  readModel,
  sourcesOf,
} from "../core.ts";
import deno from "../../deno.json" with { type: "json" };
import { BlobSink } from "./blob_files.ts";
import { openFiles } from "./opened_files.ts";
import { answerCalls, type CallContext } from "../workers/answer_calls.ts";
import type {
  BrowserAdapter,
  LocalProgress,
  LocalRequest,
  LocalResult,
} from "./engine_messages.ts";

const SAMPLE = { seed: 1, z: 28, y: 128, x: 256 };

const calls = {
  async adapters(): Promise<BrowserAdapter[]> {
    return (await listAdapters()).map(({ name, type }) => ({ name, type }));
  },
  sample: sampleStack,
  predict,
};

/** What the page's worker answers. */
export type EngineCalls = typeof calls;

answerCalls(calls);

async function sampleStack(): Promise<Blob> {
  const { slices, voxelSize } = makeSampleStack(SAMPLE);
  const sink = new BlobSink();
  const { z, y, x } = SAMPLE;
  const writer = createStackWriter(sink, {
    format: "imagej",
    sizes: { t: 1, c: 1, z, y, x },
    sampleType: "uint16",
    voxelSize,
  });
  for (const slice of slices) await writer.writeSlice(slice);
  await writer.close();
  return sink.blob();
}

async function predict(
  request: LocalRequest,
  { signal, progress }: CallContext<LocalProgress>,
): Promise<LocalResult> {
  const { stack, options: { per, ...options } } = request;
  const model = readModel(request.model.bytes, request.model.name);
  const reader = await openFiles(stack, signal);
  const [adapter] = await listAdapters();
  if (!adapter) {
    throw new InputError("This browser has no WebGPU adapter: take another browser, or a server.");
  }
  const device = await Device.open(adapter);
  try {
    const network = new NetworkInterpolator(device, model);
    // One tile at a time in software, so that progress shows and a cancel works soon.
    const batchSize = adapter.type === "software" ? 1 : undefined;
    const plan = planPrediction(reader.info, network, { ...options, batchSize });
    const normalizer = await normalizerFor(reader, {
      per,
      signal,
      onProgress: (done, total) => progress({ phase: "measuring", done, total }),
    });
    const metadata = {
      ...await provenanceOf(request, model),
      ...plan.metadata,
      ...normalizer.describe(),
    };
    const { info } = reader;
    const sink = new BlobSink();
    const writer = createStackWriter(sink, {
      format: "imagej",
      sizes: plan.sizes,
      sampleType: info.sampleType,
      voxelSize: plan.voxelSize,
      frameInterval: info.frameInterval,
      channelNames: info.channelNames,
      kept: carriedOver(info, sourcesOf(plan.slices)),
      extras: Object.fromEntries(
        Object.entries(metadata).map(([key, value]) => [`zaugnet.${key}`, value]),
      ),
    });
    const run = {
      normalizer,
      signal,
      onProgress: ({ done, total, secondsLeft }: Progress) =>
        progress({ phase: "predicting", done, total, secondsLeft }),
    };
    const completion = await fitCompletion(reader, network, plan, run);
    const slices = predictSlices(reader, network, plan, { ...run, completion });
    for await (const { slice } of slices) await writer.writeSlice(slice);
    await writer.close();
    const notes = [...info.notes, ...plan.notes];
    return { stack: sink.blob(), sizes: plan.sizes, notes };
  } finally {
    device.close();
  }
}

/** As the command line writes it: the program and the model. */
async function provenanceOf({ model: { name, bytes } }: LocalRequest, { variant }: Model) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const sha256 = [...digest].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return { version: deno.version, model: name, model_sha256: sha256, variant };
}
