import { basename } from "node:path";
import { type Device, type Format, type Model, parameterCount } from "../core.ts";
import deno from "../../deno.json" with { type: "json" };
import type { Fid } from "../evaluation/fid.ts";
import { writeWhole } from "../files/local_files.ts";
import { sha256 } from "../files/provenance.ts";
import { reportPage } from "../report/report_page.ts";
import type { EvaluatedFile, EvaluateFlags } from "./evaluate_stack.ts";
import { say } from "./terminal.ts";

/** With what an evaluation was made. */
interface Making {
  readonly device: Device;
  readonly precision: Format;
  readonly model: Model;
  readonly modelBytes: Uint8Array<ArrayBuffer>;
  readonly fid?: Fid;
  /** What to say of Inception-v3. */
  readonly inception?: Readonly<Record<string, string>>;
}

/** Writes the report of an evaluation as one HTML file. */
export async function writeReport(
  path: string,
  files: readonly EvaluatedFile[],
  network: string,
  flags: EvaluateFlags & { readonly model: string },
  { device: { adapter }, precision, model, modelBytes, fid, inception }: Making,
): Promise<void> {
  const { normalization, range, factor, slices, uncertainty } = flags;
  const block = slices &&
    `${slices.from ?? 1} to ${slices.to ?? "the end"}`;
  const facts = {
    Made: `${new Date().toISOString().slice(0, 16).replace("T", " ")} UTC`,
    Program:
      `zaugnet ${deno.version}, Deno ${Deno.version.deno}, ${Deno.build.os} ${Deno.build.arch}`,
    Adapter: `${adapter.name} (${adapter.type})`,
    Precision: precision === "f16" ? "features in half precision (f16)" : "f32",
    Model: `${basename(flags.model)}, ${network}, ${parameterCount(model)} parameters`,
    "SHA-256 of the model": await sha256(modelBytes),
    Factor: String(factor),
    Slices: block ?? "all",
    Normalisation: range ? `range ${range.join(" to ")}` : normalization ?? "by the stack's type",
    Prediction: uncertainty ? "mean of an ensemble of 8 (flips, order of slices)" : "one pass",
    ...inception,
  };
  const stacks = files.map(({ reported }) => reported!);
  const page = await reportPage({ network, facts, stacks, fid });
  await writeWhole(path, new TextEncoder().encode(page));
  say(`Report: ${path}`);
}
