import { Command } from "commander";
import { type AdapterInfo, listAdapters } from "../../mod.ts";
import { someAdapters } from "../jobs/adapters.ts";
import { formatBytes } from "../jobs/format.ts";

export function adaptersCommand(): Command {
  return new Command("adapters")
    .summary("list the adapters that WebGPU reaches")
    .description("Lists the adapters that WebGPU reaches, with vendor, type, limits and features.")
    .option("--json", "as JSON")
    .action(async ({ json }: { json?: boolean }) => {
      if (json) return console.log(JSON.stringify((await listAdapters()).map(facts), null, 1));
      const adapters = await someAdapters();
      for (const adapter of adapters) console.log(describe(adapter));
    });
}

/** Deno says the vendor by its number. */
const VENDORS: Readonly<Record<string, string>> = {
  "4098": "AMD",
  "4203": "Apple",
  "4318": "NVIDIA",
  "5045": "ARM",
  "5140": "Microsoft",
  "6880": "Google",
  "20803": "Qualcomm",
  "32902": "Intel",
  "65541": "Mesa",
};

function facts({ gpuAdapter: _, ...adapter }: AdapterInfo) {
  return adapter;
}

function describe(adapter: AdapterInfo): string {
  const { index, name, vendor, architecture, type, features } = adapter;
  const software = type === "software" ? " (software: computes on the CPU, slowly)" : "";
  return [
    `${index}: ${name}${software}`,
    `   vendor ${VENDORS[vendor] ?? (vendor || "not said")}, ` +
    `architecture ${architecture || "not said"}`,
    `   largest buffer ${formatBytes(adapter.maxBufferSize)}, ` +
    `largest binding ${formatBytes(adapter.maxBindingSize)}, ` +
    `subgroups of ${adapter.subgroupSize || "varying size"}`,
    `   features: ${features.join(", ")}`,
  ].join("\n");
}
