import type { StackInfo } from "../core.ts";
import type { Client } from "./client.ts";
import { byId, make, save } from "./dom.ts";
import type { LocalProgress } from "./engine_messages.ts";
import { formatBytes, formatSeconds, formatSizes, formatVoxel, unitOf } from "./display_text.ts";
import type { LocalEngine } from "./local_engine.ts";
import { PREDICT, type PredictionWish } from "../options/predict.ts";
import type { StackReading } from "../options/stack_input.ts";
import { nameOf, type StackFiles } from "./opened_files.ts";
import { ReadingForm } from "./reading_form.ts";
import { Machines } from "./machines.ts";
import { ModelChoice } from "./model_choice.ts";
import { optionsOf } from "./option_fields.ts";
import { outlook } from "./outlook.ts";
import { predictOnServer, type WorkProgress } from "./server_jobs.ts";
import type { Stage } from "./stage.ts";
import { WorkDisplay } from "./work_display.ts";

const PHASES: Readonly<Record<LocalProgress["phase"], string>> = {
  measuring: "Measuring the intensities",
  predicting: "Predicting",
};

type Target = "factor" | "isotropic" | "spacing";

/** The panel beside the image: what is to be predicted, the run, and its result. */
export class RunForm {
  readonly #client: Client;
  readonly #engine: LocalEngine;
  readonly #stage: Stage;
  readonly #tell: (error: unknown) => void;
  readonly #form = byId("run-form", HTMLFormElement);
  readonly #display = new WorkDisplay("Prediction");
  readonly #models: ModelChoice;
  readonly machines: Machines;
  readonly #reading: ReadingForm;
  #stack?: StackFiles & { readonly info: StackInfo };
  #result?: { readonly stack: Blob; readonly name: string };

  constructor(
    client: Client,
    engine: LocalEngine,
    stage: Stage,
    tell: (error: unknown) => void,
  ) {
    this.#client = client;
    this.#engine = engine;
    this.#stage = stage;
    this.#tell = tell;
    this.#nameTargets();
    this.machines = new Machines(() => this.#changed());
    this.#models = new ModelChoice(client, () => this.#changed(), tell);
    this.#reading = new ReadingForm(async (reading) => {
      if (this.#stack) await this.open(this.#stack.files, reading);
    }, tell);
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.#run().catch(tell);
    });
    this.#form.addEventListener("change", () => this.#changed());
    byId("spacing", HTMLInputElement).addEventListener("input", () => {
      this.#choice("spacing").checked = true;
      this.#changed();
    });
    byId("download", HTMLButtonElement).addEventListener("click", () => {
      if (this.#result) save(this.#result.stack, this.#result.name);
    });
  }

  async start(): Promise<void> {
    await Promise.all([this.machines.look(this.#engine, this.#client), this.#models.load()]);
  }

  /** Opens a stack in the page, several files as its slices; nothing is sent. */
  async open(files: readonly File[], reading: StackReading = {}): Promise<void> {
    if (this.#display.busy) throw new Error("Wait for the prediction, or cancel it, first.");
    const { reader: { info } } = await this.#stage.open({ files, reading });
    this.#stack = { files, reading, info };
    this.#setResult(undefined);
    this.#showFacts(files, info);
    this.#reading.offer(info, reading);
    this.#changed();
  }

  /** True while a prediction runs that closing the page would end. */
  get busy(): boolean {
    return this.#display.busy;
  }

  /** Lists the server's models again and chooses one. */
  async loadModels(chosen: string): Promise<void> {
    await this.#models.load(chosen);
  }

  takeModel(file: File): void {
    this.#models.take(file);
  }

  #showFacts(files: readonly File[], info: StackInfo): void {
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const name = files.length === 1 ? files[0].name : `${files.length} files`;
    const stored = info.storedType === info.sampleType ? "" : ` (stored as ${info.storedType})`;
    const facts = {
      File: `${name}, ${formatBytes(bytes)}`,
      Size: formatSizes(info.sizes),
      Voxel: formatVoxel(info.voxelSize),
      Type: `${info.sampleType}${stored}, ${info.format}`,
    };
    byId("stack-none", HTMLElement).hidden = true;
    const list = byId("stack-facts", HTMLElement);
    list.hidden = false;
    list.replaceChildren(
      ...Object.entries(facts).flatMap((
        [name, value],
      ) => [make("dt", {}, name), make("dd", {}, value)]),
    );
    byId("stack-notes", HTMLElement)
      .replaceChildren(...info.notes.map((note) => make("li", {}, note)));
    this.#offerSteps(info.voxelSize);
    byId("spacing-unit", HTMLElement).textContent = unitOf(info.voxelSize);
    byId("spacing", HTMLInputElement).value = info.voxelSize.z === undefined
      ? ""
      : String(info.voxelSize.z / 2);
  }

  /** Steps can be asked for where the stack tells its own, and its pixels' for those as fine. */
  #offerSteps({ x, z }: StackInfo["voxelSize"]): void {
    const targets = [["isotropic", z !== undefined && x !== undefined], ["spacing", !!z]] as const;
    for (const [target, offered] of targets) {
      const choice = this.#choice(target);
      choice.disabled = !offered;
      if (choice.checked && !offered) this.#choice("factor").checked = true;
    }
    byId("spacing", HTMLInputElement).disabled = z === undefined;
  }

  /** Says what can be asked for, as the table of options has it. */
  #nameTargets(): void {
    const { factor, spacing } = PREDICT;
    const labels = {
      factor: factor.page.label,
      isotropic: spacing.page.choices.isotropic,
      spacing: spacing.page.label,
    };
    for (const target of ["factor", "isotropic", "spacing"] as const) {
      this.#choice(target).nextElementSibling!.textContent = labels[target];
    }
    const select = byId("factor", HTMLSelectElement);
    select.replaceChildren(...optionsOf(factor.page.choices));
    select.setAttribute("aria-label", factor.page.label);
    byId("spacing", HTMLInputElement).setAttribute("aria-label", spacing.page.label);
  }

  #choice(target: Target): HTMLInputElement {
    return this.#form.querySelector<HTMLInputElement>(`input[name=target][value=${target}]`)!;
  }

  #target(): Target {
    return new FormData(this.#form).get("target") as Target;
  }

  #options(): Pick<PredictionWish, "factor" | "spacing"> {
    switch (this.#target()) {
      case "isotropic":
        return { spacing: "isotropic" };
      case "spacing":
        return { spacing: byId("spacing", HTMLInputElement).valueAsNumber };
      case "factor":
        return { factor: Number(byId("factor", HTMLSelectElement).value) };
    }
  }

  #changed(): void {
    const spacing = byId("spacing", HTMLInputElement).valueAsNumber;
    const several = this.#stack !== undefined && this.#stack.info.sizes.z > 1;
    const ready = several && this.machines.ready && (this.#target() !== "spacing" || spacing > 0);
    const run = byId("run", HTMLButtonElement);
    run.disabled = this.#display.busy || !this.#models.chosen || !ready;
    run.textContent = this.machines.place === "here" ? "Predict here" : "Predict on the server";
    byId("target-says", HTMLElement).textContent = this.#stack
      ? outlook(this.#stack.info, this.#options().factor)
      : "";
  }

  async #run(): Promise<void> {
    const stack = this.#stack;
    if (!stack || this.#display.busy) return;
    const { place, adapter } = this.machines;
    const where = `${place === "here" ? "on this computer" : "on the server"} by ${adapter}`;
    this.#setResult(undefined);
    this.#tell(undefined);
    const { signal, show, end } = this.#display.begin(where);
    this.#changed();
    const start = performance.now();
    try {
      const predicted = place === "here"
        ? await this.#predictHere(stack, signal, show)
        : await this.#predictThere(stack, signal, show);
      const name = `${nameOf(stack).replace(/(\.ome)?\.tiff?$/i, "")}_zaugnet.tif`;
      await this.#stage.showResult(predicted, name);
      this.#setResult({ stack: predicted, name });
      const time = formatSeconds((performance.now() - start) / 1000);
      end(`Predicted in ${time}, ${formatBytes(predicted.size)}, ${where}.`);
      byId("done-says", HTMLElement).textContent = this.#display.said;
    } catch (error) {
      end(signal.aborted ? "Cancelled." : "The prediction failed.");
      if (!signal.aborted) throw error;
    } finally {
      this.#changed();
    }
  }

  async #predictHere(
    { files, reading }: StackFiles,
    signal: AbortSignal,
    show: (progress: WorkProgress) => void,
  ): Promise<Blob> {
    show({ phase: "Loading the model" });
    const stack = { files, reading };
    const request = { stack, model: await this.#models.bytes(signal), options: this.#options() };
    show({ phase: "Starting the engine" });
    const result = await this.#engine.predict(
      request,
      signal,
      ({ phase, ...progress }) => show({ phase: PHASES[phase], ...progress, unit: "slices" }),
    );
    return result.stack;
  }

  async #predictThere(
    stack: StackFiles,
    signal: AbortSignal,
    show: (progress: WorkProgress) => void,
  ): Promise<Blob> {
    show({ phase: "Preparing" });
    const model = await this.#models.onServer(signal);
    const request = { stack, model, options: this.#options() };
    return await predictOnServer(this.#client, request, signal, show);
  }

  #setResult(result: { readonly stack: Blob; readonly name: string } | undefined): void {
    if (!result && this.#result) this.#stage.clearResult();
    this.#result = result;
    byId("done", HTMLElement).hidden = !result;
  }
}
