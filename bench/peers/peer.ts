/** What the peers that run in Deno have in common: what they are given, and how they are timed. */
import process from "node:process";

/** What a peer predicts. */
export interface Job {
  readonly side: number;
  readonly batch: number;
  /** PyTorch's answer [batch,1,side,side] as float32, which torch_peer.py wrote. */
  readonly answerPath: string;
  /** Wall time is what counts on a GPU, CPU time in software. */
  readonly onGpu: boolean;
  /** Predictions under way at once, as ours are on a GPU, where the peer can do that. */
  readonly calls?: number;
}

/** Predicts from two images [batch,1,side,side] in host memory, and brings the answer there. */
export type Predict = (before: Float32Array, after: Float32Array) => Promise<Float32Array>;

/** A peer that takes minutes for one prediction is measured once. */
const ENOUGH_MS = 60_000;
const RUNS = 6;

/** Times the predictions and prints a line with the best time and the error against PyTorch. */
export async function measure(peer: string, job: Job, predict: Predict): Promise<void> {
  const { side, batch, onGpu, calls = 1 } = job;
  const image = (wave: (i: number) => number) =>
    Float32Array.from({ length: batch * side * side }, (_, i) => 0.5 + 0.4 * wave(i));
  const [before, after] = [image((i) => Math.sin(i / 37)), image((i) => Math.cos(i / 23))];
  const wanted = new Float32Array((await Deno.readFile(job.answerPath)).buffer);
  // The first run also compiles.
  const answer = await predict(before, after);
  let error = 0;
  for (let i = 0; i < wanted.length; i++) {
    error = Math.max(error, Math.abs(answer[i] - wanted[i]));
  }
  let best = Infinity;
  const begin = performance.now();
  for (let run = 0; run < RUNS && performance.now() - begin < ENOUGH_MS; run++) {
    const [cpu, start] = [process.cpuUsage(), performance.now()];
    await Promise.all(Array.from({ length: calls }, () => predict(before, after)));
    const { user, system } = process.cpuUsage(cpu);
    const taken = onGpu ? performance.now() - start : (user + system) / 1000;
    best = Math.min(best, taken / calls);
  }
  const time = { [onGpu ? "milliseconds" : "cpuMilliseconds"]: Number(best.toPrecision(4)) };
  const facts = { peer, what: "forward", side, batch, ...time };
  console.log(JSON.stringify({ ...facts, error: Number(error.toPrecision(2)) }));
}
