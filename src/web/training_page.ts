import type { Client, ServerJob } from "./client.ts";
import { byId, make, save } from "./dom.ts";
import { SaidError, wordsOf } from "./option_labels.ts";
import { failureOf, follow, progressOf, progressText, type WorkProgress } from "./server_jobs.ts";
import { TrainingForm, uploading } from "./training_form.ts";
import { Gallery } from "./gallery.ts";

const SHOWN = 8;

/** The training tab: start one, watch it or another of the server's, stop it, take its model. */
export class TrainingPage {
  readonly #client: Client;
  readonly #tell: (error: unknown) => void;
  readonly #onModel: (name: string) => Promise<void>;
  readonly #form: TrainingForm;
  readonly #gallery: Gallery;
  #job?: ServerJob;
  #watching = new AbortController();

  /** `onModel` hears that the server has a new model. */
  constructor(
    client: Client,
    tell: (error: unknown) => void,
    onModel: (name: string) => Promise<void>,
  ) {
    this.#client = client;
    this.#tell = tell;
    this.#onModel = onModel;
    this.#form = new TrainingForm(() => this.#attempt(() => this.#start()), tell);
    this.#gallery = new Gallery(client);
    const on = (id: string, action: () => Promise<void>) =>
      byId(id, HTMLButtonElement).addEventListener("click", () => this.#attempt(action));
    on("train-stop", () => this.#stop());
    on("train-model", async () => save(await this.#model(), `${this.#job!.id}.safetensors`));
    on("train-use", () => this.#use());
  }

  /** Called when the tab is opened: what the server has and does. */
  async refresh(): Promise<void> {
    this.#form.offer(await this.#client.models());
    const jobs = await this.#client.json<ServerJob[]>(`trainings?limit=${SHOWN}`);
    byId("trainings", HTMLElement).replaceChildren(...jobs.map((job) => this.#item(job)));
    if (jobs.length === 0) {
      byId("trainings", HTMLElement).append(make("li", {}, "No training yet."));
    }
    const running = jobs.find(({ state }) => state === "running" || state === "queued");
    if (running && !this.#job) this.#attempt(() => this.#watch(running));
  }

  add(files: Iterable<File>): void {
    this.#form.add(files);
  }

  #attempt(action: () => Promise<void>): void {
    this.#tell(undefined);
    action().catch(this.#tell);
  }

  #item(job: ServerJob): HTMLElement {
    const since = job.createdAt ? new Date(job.createdAt).toLocaleString() : job.id;
    const button = make("button", { type: "button" }, `${since}: ${job.state}`);
    if (job.id === this.#job?.id) button.setAttribute("aria-current", "true");
    button.addEventListener("click", () => this.#attempt(() => this.#watch(job)));
    return make("li", {}, button);
  }

  async #start(): Promise<void> {
    const { query, body } = this.#form.request();
    this.#form.busy = true;
    this.#working(true);
    try {
      const show = (done: number, total: number) => this.#show(uploading(done, total));
      const { signal } = this.#watching = new AbortController();
      const job = await this.#client.upload(`trainings?${query}`, body, signal, show);
      this.#attempt(() => this.#watch(job));
    } catch (error) {
      this.#working(false);
      throw error;
    } finally {
      this.#form.busy = false;
    }
  }

  /** Follows a training to its end, or until another one is watched. */
  async #watch(job: ServerJob): Promise<void> {
    this.#watching.abort();
    const { signal } = this.#watching = new AbortController();
    this.#job = job;
    this.#working(true);
    this.#gallery.clear();
    await this.refresh();
    const path = `trainings/${job.id}`;
    const gallery = this.#gallery.watch(path, signal);
    try {
      const ended = await follow(this.#client, path, signal, (now) => {
        this.#job = now;
        byId("train-stop", HTMLButtonElement).disabled = now.cancelling === true;
        this.#show(progressOf(now, now.cancelling ? "Stopping" : "Training", "steps"));
      });
      this.#ended(ended);
      await this.#gallery.update(path, signal);
      await this.refresh();
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      gallery.stop();
    }
  }

  #ended(job: ServerJob): void {
    const { state, progress } = job;
    byId("train-stop", HTMLButtonElement).disabled = true;
    const steps = progress ? ` after ${progress.done} of ${progress.total} steps` : "";
    const texts: Readonly<Record<string, string>> = {
      succeeded: "The training is finished.",
      cancelled: `Stopped${steps}; the best model so far can be taken.`,
    };
    const failure = new SaidError(failureOf(job) ?? "The training failed.");
    const text = texts[state] ?? wordsOf(failure);
    this.#show({ phase: text, done: progress?.done, total: progress?.total });
    byId("train-progress-says", HTMLElement).textContent = text;
    byId("train-status", HTMLElement).textContent = text;
    if (state === "failed") this.#tell(failure);
  }

  async #stop(): Promise<void> {
    if (!this.#job) return this.#watching.abort();
    await this.#client.request(`trainings/${this.#job.id}/cancel`, { method: "POST" });
  }

  #model(): Promise<Blob> {
    return this.#client.blob(`trainings/${this.#job!.id}/model`);
  }

  /** Puts the model among the server's, under the training's name, and goes to the prediction. */
  async #use(): Promise<void> {
    const name = `${this.#job!.id}.safetensors`;
    await this.#client.putModel(name, await this.#model());
    await this.#onModel(name);
  }

  #working(is: boolean): void {
    byId("train-work", HTMLElement).hidden = !is;
  }

  #show(progress: WorkProgress): void {
    const bar = byId("train-progress", HTMLProgressElement);
    if (progress.total) [bar.max, bar.value] = [progress.total, progress.done ?? 0];
    else bar.removeAttribute("value");
    byId("train-progress-says", HTMLElement).textContent = progressText(progress);
  }
}
