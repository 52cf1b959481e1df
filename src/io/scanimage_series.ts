import type { AxisSize, Dialect } from "./description.ts";
import { groupPages, pagedPlanes, planeCount, sizesOf } from "./page_planes.ts";
import { storedType } from "./tiff_layout.ts";
import { pixelSize, voxelSizeOf } from "./voxel_size.ts";

/** ScanImage: lines of MATLAB beside each frame; channels are interleaved, then frames, then z. */
export const scanImage: Dialect = {
  claims: ({ fields: { software, descriptions: [description = ""] } }) =>
    software.startsWith("SI.") || /^(SI\.|state\.|scanimage\.SI)/m.test(description.slice(0, 4096)),
  series({ file, pages: all, fields }) {
    const [pages] = groupPages(all);
    const settings = parse([fields.software, ...fields.descriptions].join("\n"));
    const axes = axesOf(settings, pages.length);
    const [{ layout }] = pages;
    const known = !("unknown" in axes);
    return [{
      name: "ScanImage",
      sizes: sizesOf(layout, known ? axes : [{ axis: "Z", size: pages.length }]),
      storedType: storedType(layout),
      describe(notes) {
        const step = Math.abs(
          settings.number(
            "SI.hStackManager.actualStackZStepSize",
            "SI.hStackManager.stackZStepSize",
            "SI4.stackZStepSize",
            "SI5.stackZStepSize",
            "acq.zStepSize",
          ) ?? NaN,
        );
        const metric = fields.resolutionUnit === 3;
        const period = settings.number("SI.hRoiManager.scanFramePeriod");
        const frames = known && axes.some(({ axis }) => axis === "T") &&
          !axes.some(({ axis }) => axis === "Z");
        return {
          format: "ScanImage",
          layout,
          planes: pagedPlanes(file, pages, known ? planeCount(axes) : pages.length),
          axes,
          voxelSize: voxelSizeOf({
            ...(metric && { x: pixelSize(fields, "x", "um"), y: pixelSize(fields, "y", "um") }),
            ...(step > 0 && { z: { value: step, unit: "um" } }),
          }, notes),
          ...(frames && period && period > 0 && { frameInterval: { value: period, unit: "s" } }),
        };
      },
    }];
  },
};

interface Settings {
  text(...names: readonly string[]): string | undefined;
  /** The first of these names that has a number; Infinity where it says Inf. */
  number(...names: readonly string[]): number | undefined;
}

/** "SI.hChannels.channelSave = [1;2]", "state.acq.numberOfZSlices=10". */
function parse(description: string): Settings {
  const lines = new Map<string, string>();
  for (const line of description.split(/[\r\n]+/)) {
    const equals = line.indexOf("=");
    if (equals < 0) continue;
    const name = line.slice(0, equals).trim().replace(/^(scanimage|state)\./, "");
    if (!lines.has(name)) lines.set(name, line.slice(equals + 1).trim());
  }
  const text: Settings["text"] = (...names) => {
    const name = names.find((name) => lines.has(name));
    return name && lines.get(name);
  };
  return {
    text,
    number: (...names) => {
      const value = text(...names);
      if (value === undefined || value === "" || value === "[]") return undefined;
      if (/^\+?inf$/i.test(value)) return Infinity;
      const number = Number(value);
      return Number.isNaN(number) ? undefined : number;
    },
  };
}

/** How many channels are saved: "1", "[1;2]", "[1 2 3]". */
function channelsOf(settings: Settings): number | undefined {
  const saved = settings.text("SI.hChannels.channelSave", "SI5.channelsSave", "SI4.channelsSave");
  if (saved !== undefined) return saved.match(/\d+/g)?.length;
  const count = settings.number("acq.numberOfChannelsSave");
  if (count !== undefined) return count;
  const each = [1, 2, 3, 4].map((c) => settings.number(`acq.savingChannel${c}`));
  const some = each.filter((value) => value === 1).length;
  return some > 0 ? some : undefined;
}

function axesOf(
  settings: Settings,
  pages: number,
): readonly AxisSize[] | { readonly unknown: string } {
  const channels = channelsOf(settings);
  if (channels === undefined || !(channels > 0)) {
    return { unknown: "it does not say which channels were saved" };
  }
  const off = (name: string) => /^(false|0)$/.test(settings.text(name) ?? "");
  const stacked = !(off("SI.hStackManager.enable") && !/^(true|1)$/.test(
    settings.text("SI.hFastZ.enable") ?? "",
  ));
  const slices = stacked
    ? settings.number(
      "SI.hStackManager.actualNumSlices",
      "SI.hStackManager.numSlices",
      "SI.hFastZ.numFramesPerVolume",
      "SI5.stackNumSlices",
      "SI4.stackNumSlices",
      "acq.numberOfZSlices",
    ) ?? 1
    : 1;
  const c = { axis: "C", size: channels } as const;
  const each = Math.ceil(pages / channels);
  if (slices <= 1) return [{ axis: "T", size: each }, c];
  const asked = settings.number(
    "SI.hStackManager.framesPerSlice",
    "SI5.acqNumFrames",
    "SI4.acqNumFrames",
    "acq.numberOfFrames",
  ) ?? 1;
  const averaged = settings.number(
    "SI.hScan2D.logAverageFactor",
    "SI5.acqNumAveragedFrames",
    "SI4.acqNumAveragedFrames",
    "acq.numAvgFramesSave",
  ) ?? 1;
  const frames = Math.max(1, Math.round(asked / Math.max(1, averaged)));
  if (!Number.isSafeInteger(slices) || !Number.isSafeInteger(frames)) {
    return { unknown: "it does not say how many frames each slice has" };
  }
  const volume = slices * frames;
  const flyback = settings.number("SI.hStackManager.numFramesPerVolumeWithFlyback") ?? volume;
  const discarded = /^(true|1)$/.test(settings.text("SI.hFastZ.discardFlybackFrames") ?? "");
  if (flyback !== volume && !discarded && each % volume !== 0) {
    return { unknown: "it counts frames of the way back that may or may not be in the file" };
  }
  const volumes = Math.ceil(each / volume);
  const z = { axis: "Z", size: slices } as const;
  if (frames === 1) return [{ axis: "T", size: volumes }, z, c];
  if (volumes <= 1) return [z, { axis: "T", size: frames }, c];
  return { unknown: `it has ${volumes} volumes of ${frames} frames a slice, two axes of time` };
}
