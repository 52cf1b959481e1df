import { Command } from "commander";
import { type Card, choosesBySlot, listCards, pciCards } from "../fleet/mod.ts";
import { ADAPTERS } from "../options/tools.ts";
import type { OptionsOf } from "../options/table.ts";
import { someAdapters } from "../files/choose_adapter.ts";
import { formatBytes } from "../files/quantities.ts";
import { addFlags } from "./flags.ts";
import { say } from "./terminal.ts";

export function adaptersCommand(): Command {
  const command = new Command("adapters")
    .summary("list the adapters that WebGPU reaches")
    .description(
      "Lists every card of this machine once, with vendor, type, limits and features. The number " +
        "before a card, or a part of its name, is what --adapter and --adapters take.",
    );
  return addFlags(command, ADAPTERS).action(
    async ({ json }: OptionsOf<typeof ADAPTERS>) => {
      const cards = await listCards();
      if (json) return console.log(JSON.stringify(cards, null, 1));
      // It says what to do where there is none.
      if (cards.length === 0) await someAdapters();
      for (const card of cards) console.log(describe(card));
      const gpu = cards.some(({ type }) => type === "gpu");
      if (gpu && Deno.build.os === "linux" && !(choosesBySlot() && pciCards().length > 0)) {
        say(
          "Note: cards of one model count as one here. To tell them apart, Deno must be let read " +
            "the PCI bus (deno run --allow-all src/cli/main.ts adapters), and Mesa's Vulkan layer " +
            "device_select be installed.",
        );
      }
    },
  );
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

function describe(adapter: Card): string {
  const { index, name, vendor, architecture, type, features, slot, environment } = adapter;
  const software = type === "software" ? " (software: computes on the CPU, slowly)" : "";
  return [
    `${index}: ${name}${software}`,
    `   vendor ${VENDORS[vendor] ?? (vendor || "not said")}, ` +
    `architecture ${architecture || "not said"}`,
    `   largest buffer ${formatBytes(adapter.maxBufferSize)}, ` +
    `largest binding ${formatBytes(adapter.maxBindingSize)}, ` +
    `subgroups of ${adapter.subgroupSize || "varying size"}`,
    `   seen with: ${
      Object.entries(environment).map(([key, value]) => `${key}=${value}`).join(" ") ||
      "no variable"
    }${slot ? ` (PCI slot ${slot})` : ""}`,
    `   features: ${features.join(", ")}`,
  ].join("\n");
}
