import { type AdapterInfo, InputError, listAdapters } from "../../mod.ts";

/**
 * Settles the driver on Linux before WebGPU first looks for one: Vulkan, since Deno would else take
 * OpenGL in silence where Vulkan fails; and a runtime folder, without which drivers complain on
 * machines that have no desktop. What the user has set stays.
 */
export function settleDriver(): void {
  if (Deno.build.os !== "linux") return;
  const defaults = { DENO_WEBGPU_BACKEND: "vulkan", XDG_RUNTIME_DIR: "/tmp" };
  for (const [name, value] of Object.entries(defaults)) {
    if (!Deno.env.has(name)) Deno.env.set(name, value);
  }
}

/** The adapters; an InputError where there are none. */
export async function someAdapters(): Promise<AdapterInfo[]> {
  const adapters = await listAdapters();
  if (adapters.length > 0) return adapters;
  throw new InputError(
    "There is no WebGPU adapter. Install a Vulkan driver for your GPU; Debian's " +
      "mesa-vulkan-drivers has one that runs on the CPU.",
  );
}

/** Finds the adapter of an index or a part of a name; the preferred one where none is given. */
export async function chooseAdapter(wanted?: string): Promise<AdapterInfo> {
  const adapters = await someAdapters();
  if (wanted === undefined) return adapters[0];
  const found = adapters.find(({ index, name }) =>
    String(index) === wanted || name.toLowerCase().includes(wanted.toLowerCase())
  );
  if (found) return found;
  const known = adapters.map(({ index, name }) => `${index} (${name})`).join(", ");
  throw new InputError(`There is no adapter ${wanted}; there are ${known}.`);
}
