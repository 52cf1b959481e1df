import { existsSync, readFileSync } from "node:fs";

/** What to do on this system where something of it is missing. */
export interface Advice {
  /** Installs Vulkan's loader and Mesa's drivers, one of which runs on the CPU. */
  readonly driver: string;
  /** Lets WebGPU see a GPU that is there. */
  readonly gpu: string;
}

const PACKAGES: Readonly<Record<string, string>> = {
  debian: "sudo apt-get install libvulkan1 mesa-vulkan-drivers",
  fedora: "sudo dnf install vulkan-loader mesa-vulkan-drivers",
  suse: "sudo zypper install libvulkan1 Mesa-vulkan-device-select libvulkan_lvp",
  arch: "sudo pacman -S vulkan-icd-loader vulkan-swrast",
  alpine: "sudo apk add vulkan-loader mesa-vulkan-swrast",
};

/** Advice for a system, by Deno's name of it and, on Linux, the distribution's os-release. */
export function adviceFor(os: typeof Deno.build.os, release: string): Advice {
  if (os === "darwin") {
    const said = "Metal comes with macOS: update macOS, and start from a session with a screen.";
    return { driver: said, gpu: said };
  }
  if (os === "windows") {
    const said = "Install the current driver from the GPU's vendor, and start again.";
    return { driver: said, gpu: said };
  }
  const words = [...release.matchAll(/^ID(?:_LIKE)?="?([^"\n]*)/gm)].flatMap(([, id]) =>
    id.split(/\s+/)
  );
  const known = words.map((word) =>
    PACKAGES[
      word === "ubuntu" ? "debian" : word.replace(
        /^opensuse.*/,
        "suse",
      )
    ]
  ).find((command) => command !== undefined);
  return {
    driver: known
      ? `Install a driver: ${known}`
      : "Install Vulkan's loader and a driver for it, as your system calls them (Mesa has one for " +
        "the CPU).",
    gpu: "Where this machine has a GPU: install its vendor's Vulkan driver (NVIDIA: the one with " +
      "libGLX_nvidia; others: Mesa), let your user open /dev/dri (sudo usermod -aG render,video " +
      "$USER), and give a container the GPU (docker: --device /dev/dri, or --gpus all with " +
      "NVIDIA_DRIVER_CAPABILITIES=all).",
  };
}

/** Advice for this system. */
export function adviceHere(): Advice {
  const file = "/etc/os-release";
  return adviceFor(Deno.build.os, existsSync(file) ? readFileSync(file, "utf8") : "");
}
