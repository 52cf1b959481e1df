import loadProbeSource from "../wgsl/load_probe.wgsl" with { type: "text" };
import { BufferPool, type Storage } from "./buffer_pool.ts";
import { Kernel } from "./kernel.ts";
import { Profiler } from "./profiler.ts";
import { Recorder } from "./recorder.ts";

const kernel = new Kernel("load_probe", loadProbeSource);
/** Few, so that a run is over before a busy machine gives the core to another program. */
const WORKGROUPS = 16;
const RUNS = 8;
/** Turns that both ways take, so that a moment in which the machine is busy decides nothing. */
const TURNS = 3;

/** Textures must win by this factor: they cost memory and copies. */
const WORTHWHILE = 2;

/** The part of WGSL that kernels need to read storage textures. */
const LANGUAGE_FEATURE = "readonly_and_readwrite_storage_textures";

/**
 * Measures whether loads from textures are clearly faster than from storage buffers. They are on
 * Mesa's lavapipe where the CPU has no AVX-512. Takes about 100 ms and needs timestamp queries.
 */
export async function textureLoadsAreFaster(gpu: GPUDevice): Promise<boolean> {
  if (!navigator.gpu.wgslLanguageFeatures.has(LANGUAGE_FEATURE)) return false;
  const probes = [new TimedProbe(gpu, false), new TimedProbe(gpu, true)];
  for (let turn = 0; turn < TURNS; turn++) {
    for (const probe of probes) await probe.time();
  }
  for (const probe of probes) probe.dispose();
  const [buffers, textures] = probes;
  return buffers.shortest > WORTHWHILE * textures.shortest;
}

/** The probe, reading in one of the ways. */
class TimedProbe {
  /** Milliseconds of the shortest run, the one that neither compiling nor others slowed. */
  shortest = Infinity;
  readonly #gpu: GPUDevice;
  readonly #pool: BufferPool;
  readonly #recorder: Recorder;
  readonly #buffers: { readonly x: Storage; readonly y: Storage };

  constructor(gpu: GPUDevice, throughTextures: boolean) {
    this.#gpu = gpu;
    const pool = this.#pool = new BufferPool(gpu, throughTextures);
    const textureOf = throughTextures ? pool.mirrorTexture.bind(pool) : undefined;
    this.#recorder = new Recorder(gpu, "", textureOf, (_, create) => create());
    const bytes = 64 * WORKGROUPS * 16;
    this.#buffers = { x: pool.create(bytes), y: pool.create(bytes) };
  }

  async time(): Promise<void> {
    const profiler = this.#recorder.profiler = new Profiler(this.#gpu);
    for (let run = 0; run < RUNS; run++) {
      this.#recorder.dispatch(kernel, this.#buffers, {}, [WORKGROUPS, 1, 1], {}, `run ${run}`);
    }
    this.#recorder.flush();
    const times = await profiler.report();
    this.shortest = Math.min(this.shortest, ...times.map(({ start, end }) => end - start));
  }

  dispose(): void {
    for (const storage of Object.values(this.#buffers)) this.#pool.release(storage);
    this.#pool.trim();
  }
}
