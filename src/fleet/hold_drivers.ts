let held: Promise<GPUAdapter | null> | undefined;

/**
 * Keeps the drivers loaded for as long as this thread lives. Where only workers have an adapter, the
 * drivers are unloaded with the last of them, while threads of theirs still run: processes then crash
 * as they end, with NVIDIA's driver 580 half of them (docs/scaling.md). Not to be called before it is
 * settled that workers are used: a process keeps to the drivers that it has.
 */
export async function holdDrivers(): Promise<void> {
  held ??= navigator.gpu.requestAdapter();
  await held;
}
