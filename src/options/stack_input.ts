import type { StackOptions } from "../core.ts";
import { count, toggle } from "./kinds.ts";
import { axes, sizes, some, voxelSize } from "./stack_kinds.ts";
import { both, type Options, type OptionsOf } from "./table.ts";

const GROUP = "The stack, over what its file says (docs/stacks.md):";

/** What the user says of stacks that are read: alike for every command that reads one. */
export const STACK_INPUT = {
  axes: {
    ...both(axes),
    group: GROUP,
    help: "what the planes are, slowest first, such as TCZYX",
  },
  sizes: {
    ...both(sizes),
    group: GROUP,
    help: "sizes along them that do not follow, such as C=2,Z=4",
  },
  voxelSize: {
    ...both(voxelSize),
    group: GROUP,
    help: "distances of samples, in µm or the unit that is named",
  },
  series: {
    ...both(count),
    group: GROUP,
    help: "which of the file's stacks, from 1",
    usual: "the one with most slices",
  },
  channels: {
    ...both(some),
    group: GROUP,
    help: "only these, from 1, such as 1,3-4",
  },
  frames: {
    ...both(some),
    group: GROUP,
    help: "only these, from 1",
  },
  sequence: {
    ...both(toggle),
    group: GROUP,
    help: "files of one slice each are one stack",
    more: "Files are slices in the natural order of their names. Each folder, each pattern, and " +
      "all files that are named one by one are a stack. Sent to a server, they are the files of " +
      "one form.",
  },
} as const satisfies Options;

/** How stacks are read, as plain data. */
export type StackReading = Pick<
  StackOptions,
  "axes" | "sizes" | "voxelSize" | "series" | "channels" | "frames"
>;

/** The part of a command's options that says how its stacks are read. */
export function readingOf(
  { axes, sizes, voxelSize, series, channels, frames }: OptionsOf<typeof STACK_INPUT>,
): StackReading {
  const reading = { axes, sizes, voxelSize, series, channels, frames };
  return Object.fromEntries(Object.entries(reading).filter(([, value]) => value !== undefined));
}
