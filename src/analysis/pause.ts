/**
 * Lets the process hear of an interruption amid long computations, and acts on it: throws the
 * signal's reason.
 */
export async function pause(signal?: AbortSignal): Promise<void> {
  await new Promise((resume) => setTimeout(resume));
  signal?.throwIfAborted();
}
