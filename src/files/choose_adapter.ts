import { type AdapterInfo, InputError, listAdapters } from "../core.ts";
import { type Card, chooseCards, listCards } from "../fleet/mod.ts";

/**
 * Settles the driver on Linux before WebGPU first looks for one: Vulkan, since Deno would else take
 * OpenGL silently where Vulkan fails; and a runtime folder, without which drivers complain on
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

/**
 * Finds the adapter that an index or a part of a name stands for among all cards of the machine, as
 * `zaugnet adapters` lists them, and makes it this process's; the preferred one where none is given.
 * To be called before WebGPU is used otherwise: later, the process keeps to the drivers it has.
 */
export async function chooseAdapter(wanted?: string): Promise<AdapterInfo> {
  if (wanted === undefined) return (await someAdapters())[0];
  const [card] = chooseCards(wanted, await listCards());
  return await openableCard(card);
}

/** The adapter of a card, made this process's; see {@link chooseAdapter}. */
export async function openableCard(card: Card): Promise<AdapterInfo> {
  for (const [name, value] of Object.entries(card.environment)) Deno.env.set(name, value);
  const adapters = await someAdapters();
  const found = adapters.find(({ name, vendor }) => name === card.name && vendor === card.vendor);
  if (found) return found;
  throw new InputError(
    `The adapter ${card.name} can't be reached from this process, which uses ${adapters[0].name}.`,
  );
}
