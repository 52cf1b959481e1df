import { Command } from "commander";
import { type AdapterInfo, InputError, listAdapters } from "../../mod.ts";
import { formatBytes } from "./terminal.ts";

export function adaptersCommand(): Command {
  return new Command("adapters")
    .summary("list the adapters that WebGPU reaches")
    .description("Lists the adapters that WebGPU reaches, with vendor, type, limits and features.")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      const adapters = await listAdapters();
      if (json) return console.log(JSON.stringify(adapters.map(facts), null, 1));
      if (adapters.length === 0) {
        throw new InputError(
          "There is no WebGPU adapter. Install a Vulkan driver for your GPU; Debian's " +
            "mesa-vulkan-drivers has one that runs on the CPU.",
        );
      }
      for (const adapter of adapters) console.log(describe(adapter));
    });
}

function facts({ gpuAdapter: _, ...adapter }: AdapterInfo) {
  return adapter;
}

function describe(adapter: AdapterInfo): string {
  const { index, name, vendor, architecture, type, features } = adapter;
  const software = type === "software" ? " (software: computes on the CPU, slowly)" : "";
  return [
    `${index}: ${name}${software}`,
    `   vendor ${vendor || "not said"}, architecture ${architecture || "not said"}`,
    `   largest buffer ${formatBytes(adapter.maxBufferSize)}, ` +
    `largest binding ${formatBytes(adapter.maxBindingSize)}, ` +
    `subgroups of ${adapter.subgroupSize || "varying size"}`,
    `   features: ${features.join(", ")}`,
  ].join("\n");
}
