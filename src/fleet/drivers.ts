import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";

/** Where Vulkan's loader looks for drivers on Linux, beside folders of the user's. */
const FOLDERS = ["/etc", "/usr/local/etc", "/usr/local/share", "/usr/share"];

/**
 * The description files of all Vulkan drivers, as the loader would find them; those of software
 * first. Empty where there are none, or the system is not Linux.
 */
export function driverFiles(
  variable: (name: string) => string | undefined = (name) => Deno.env.get(name),
): string[] {
  const given = variable("VK_DRIVER_FILES") || variable("VK_ICD_FILENAMES");
  const home = variable("HOME");
  const own = [
    variable("XDG_DATA_HOME") || home && join(home, ".local/share"),
    variable("XDG_CONFIG_HOME") || home && join(home, ".config"),
  ].filter((folder) => folder !== undefined && folder !== "") as string[];
  const folders = [...own, ...FOLDERS].map((folder) => join(folder, "vulkan/icd.d"));
  const files = [
    ...given ? given.split(":") : folders,
    ...(variable("VK_ADD_DRIVER_FILES") ?? "").split(":"),
  ].filter(Boolean).flatMap(filesAt);
  const software = (file: string) => /lvp|swiftshader/i.test(file) ? 0 : 1;
  return [...new Set(files)].sort((a, b) => software(a) - software(b));
}

/** A file itself, or the descriptions in a folder. */
function filesAt(path: string): string[] {
  try {
    if (!statSync(path).isDirectory()) return [path];
    return readdirSync(path).filter((name) => name.endsWith(".json")).sort()
      .map((name) => join(path, name));
  } catch {
    return [];
  }
}

/** A card on the PCI bus. */
export interface PciCard {
  /** "0000:02:00.0" */
  readonly slot: string;
  /** Vendor and model by their numbers, as WebGPU says them: "4318:9008". */
  readonly model: string;
}

/**
 * The graphics cards on the PCI bus that this process can use; a container may see more than it was
 * given. Empty where the system does not tell, or Deno does not let it (it takes `--allow-all`).
 */
export function pciCards(root = "/"): PciCard[] {
  const bus = join(root, "sys/bus/pci/devices");
  const number = (slot: string, file: string) =>
    Number(readFileSync(join(bus, slot, file), "utf8"));
  try {
    return readdirSync(bus).sort()
      .filter((slot) => number(slot, "class") >> 16 === 3 && isGiven(root, slot))
      .map((slot) => ({ slot, model: `${number(slot, "vendor")}:${number(slot, "device")}` }));
  } catch {
    return [];
  }
}

/** True where Mesa's layer is installed, which shows a driver's cards by slot, whoever made it. */
export function choosesBySlot(root = "/"): boolean {
  return ["etc", "usr/local/share", "usr/share"].some((folder) =>
    filesAt(join(root, folder, "vulkan/implicit_layer.d")).some((f) => /device_select/.test(f))
  );
}

/** True where the card's device file is here: Mesa's render node, or NVIDIA's by its minor number. */
function isGiven(root: string, slot: string): boolean {
  if (exists(join(root, `dev/dri/by-path/pci-${slot}-render`))) return true;
  try {
    const facts = readFileSync(join(root, `proc/driver/nvidia/gpus/${slot}/information`), "utf8");
    const minor = facts.match(/Device Minor:\s*(\d+)/)?.[1];
    return minor !== undefined && exists(join(root, `dev/nvidia${minor}`));
  } catch {
    return false;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
