/** The measurement that others are a fraction of: multiply-adds in registers. */
export const PEAK = "multiply-adds, the peak";

/** One measurement: a line of bench/results/<adapter>.jsonl. */
export interface ResultLine {
  readonly date: string;
  /** The commit, with "-dirty" where src/ or bench/ differed from it. */
  readonly commit: string;
  readonly adapter: string;
  readonly type: "gpu" | "software";
  readonly name: string;
  /** Wall time of one operation, the best of all samples. */
  readonly milliseconds: number;
  /** The process's CPU time of one operation, likewise: what other programs disturb the least. */
  readonly cpuMilliseconds: number;
  /** Of the wall time; Winograd's savings count as work done. */
  readonly gflops?: number;
  /** The bytes that have to be moved at least: inputs, weights and results once. */
  readonly movedBytes?: number;
  /** How many times faster than the plain kernel; see {@link honestMilliseconds}. */
  readonly ratioToPlain?: number;
  /** Device memory at the peak, inputs and weights included. */
  readonly peakBytes: number;
  readonly slicesPerSecond?: number;
  readonly samplesPerSecond?: number;
  /** Seconds of each phase up to the first batch, as the command line says them. */
  readonly startUp?: Readonly<Record<string, number>>;
}

/** The time to compare by: a software adapter's CPU time, since its machine is seldom idle. */
export function honestMilliseconds(
  { type, milliseconds, cpuMilliseconds }: Pick<
    ResultLine,
    "type" | "milliseconds" | "cpuMilliseconds"
  >,
): number {
  return type === "software" ? cpuMilliseconds : milliseconds;
}

const FOLDER = new URL("./results/", import.meta.url);

/** Appends lines to the file of their adapter. */
export function appendResults(adapter: string, lines: readonly ResultLine[]): void {
  appendTo(FOLDER, adapter, lines);
}

/** Appends what a load test found to the file of its adapter. */
export function appendLoad(adapter: string, line: object): void {
  appendTo(new URL("./load/", FOLDER), adapter, [line]);
}

function appendTo(folder: URL, adapter: string, lines: readonly object[]): void {
  const slug = adapter.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "");
  Deno.mkdirSync(folder, { recursive: true });
  const text = lines.map((line) => JSON.stringify(line) + "\n").join("");
  Deno.writeTextFileSync(new URL(`${slug}.jsonl`, folder), text, { append: true });
}

/** All lines, the oldest first: a list per adapter. */
export function readResults(): ResultLine[][] {
  return [...Deno.readDirSync(FOLDER)]
    .map(({ name }) => name)
    .filter((name) => name.endsWith(".jsonl"))
    .sort()
    .map((name) => {
      const lines = Deno.readTextFileSync(new URL(name, FOLDER)).trim().split("\n");
      return lines.map((line) => JSON.parse(line) as ResultLine);
    });
}

/** The commit that runs, with "-dirty" where src/ or bench/ differ from it. */
export function commit(): string {
  const git = (...args: string[]) => {
    const cwd = new URL("..", import.meta.url);
    const { stdout } = new Deno.Command("git", { args, cwd, stderr: "null" }).outputSync();
    return new TextDecoder().decode(stdout).trim();
  };
  try {
    // The results themselves change with every run.
    const changed = git("status", "--porcelain", "--", "src", "bench", ":!bench/results");
    const hash = git("rev-parse", "--short", "HEAD") || "unknown";
    return changed ? `${hash}-dirty` : hash;
  } catch (error) {
    // A copy of the project on a machine without git.
    if (error instanceof Deno.errors.NotFound) return "unknown";
    throw error;
  }
}
