import loadProbeSource from "../wgsl/load_probe.wgsl" with { type: "text" };
import { BufferPool } from "./buffer_pool.ts";
import { Kernel } from "./kernel.ts";
import { Profiler } from "./profiler.ts";
import { Recorder } from "./recorder.ts";

const kernel = new Kernel("load_probe", loadProbeSource);
/** Few, so that a run is over before a busy machine gives the core to another program. */
const WORKGROUPS = 16;
const RUNS = 24;

/** Textures must win by this factor: they cost memory and copies. */
const WORTHWHILE = 2;

/**
 * Measures whether loads from textures are clearly faster than from storage buffers. They are on
 * Mesa's lavapipe where the CPU has no AVX-512. Takes about 50 ms and needs timestamp queries.
 */
export async function textureLoadsAreFaster(gpu: GPUDevice): Promise<boolean> {
  return await time(gpu, false) > WORTHWHILE * await time(gpu, true);
}

/** Milliseconds of the probe: the shortest run, the one that neither compiling nor others slowed. */
async function time(gpu: GPUDevice, throughTextures: boolean): Promise<number> {
  const pool = new BufferPool(gpu, throughTextures);
  const textureOf = throughTextures ? pool.mirrorTexture.bind(pool) : undefined;
  const recorder = new Recorder(gpu, "", textureOf, (_, create) => create());
  const profiler = recorder.profiler = new Profiler(gpu);
  const x = pool.create(64 * WORKGROUPS * 16);
  const y = pool.create(64 * WORKGROUPS * 16);
  for (let run = 0; run < RUNS; run++) {
    recorder.dispatch(kernel, { x, y }, {}, [WORKGROUPS, 1, 1], {}, `run ${run}`);
  }
  recorder.flush();
  const times = await profiler.report();
  for (const storage of [x, y]) pool.release(storage);
  pool.trim();
  return Math.min(...times.map(({ start, end }) => end - start));
}
