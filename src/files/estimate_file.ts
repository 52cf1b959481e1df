import { readingOf } from "../options/stack_input.ts";
import {
  notesOf,
  planJob,
  type PredictionJob,
  type PredictionObserver,
  type PredictionReport,
  reportOf,
} from "./predict_file.ts";
import { openStackPath, type StackPath } from "./stack_path.ts";

/** What would be done with one stack, with the time it would take by one pass that is measured. */
export async function estimateFile(
  input: StackPath,
  output: string,
  job: PredictionJob,
  observer: PredictionObserver,
): Promise<PredictionReport> {
  const { network, signal } = job;
  const { reader: { info }, close } = await openStackPath(input, {
    ...readingOf(job.options),
    signal,
  });
  try {
    const plan = planJob(info, job);
    notesOf(info, plan, output).forEach((note) => observer.note(note));
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
    const passes = plan.tilePasses + plan.calibrationSlices * plan.grid.tiles.length;
    const facts = {
      metadata: plan.metadata,
      peakDeviceBytes: plan.peakBytes,
      seconds: seconds * passes / network.adapters.length,
    };
    return reportOf(input, output, info, plan, facts);
  } finally {
    close();
  }
}
