/** The page's entry: puts the parts together. */
import { Client } from "./client.ts";
import { byId } from "./dom.ts";
import { wordsOf } from "./option_labels.ts";
import { LocalEngine } from "./local_engine.ts";
import { RunForm } from "./run_form.ts";
import { isSite, SITE_EXAMPLE, SiteClient } from "./site_client.ts";
import { Stage } from "./stage.ts";
import { startTabs } from "./tabs.ts";
import { askToken } from "./token.ts";
import { TrainingPage } from "./training_page.ts";

/** Shows what is wrong until the next attempt; undefined shows nothing. */
function tell(error: unknown): void {
  const problem = byId("problem", HTMLElement);
  problem.hidden = error === undefined;
  problem.textContent = wordsOf(error);
  if (error !== undefined) problem.scrollIntoView({ block: "nearest" });
}

const client = isSite() ? new SiteClient() : new Client(askToken);
const engine = new LocalEngine();
const stage = new Stage(tell);
const form = new RunForm(client, engine, stage, tell);
const training = new TrainingPage(client, tell, async (name) => {
  await form.loadModels(name);
  byId("tab-predict", HTMLElement).click();
});

/** Several files are the slices of one stack. */
function open(files: readonly File[]): void {
  if (files.length === 0) return;
  tell(undefined);
  form.open(files).catch(tell);
}

const stackFile = byId("stack-file", HTMLInputElement);
stackFile.addEventListener("change", () => {
  open([...stackFile.files ?? []]);
  stackFile.value = "";
});
byId("sample", HTMLButtonElement).addEventListener("click", () => {
  engine.sample().then((stack) => open([new File([stack], "sample.tif")]), tell);
});

if (!client.computes) {
  document.querySelector("nav")!.hidden = true;
  byId("real", HTMLElement).hidden = false;
  // Without it the site works, too, but not without a network.
  navigator.serviceWorker?.register("service_worker.js").catch(console.warn);
}
byId("example", HTMLButtonElement).addEventListener("click", () => {
  client.blob(SITE_EXAMPLE).then(
    (stack) => open([new File([stack], SITE_EXAMPLE.split("/").at(-1)!)]),
    tell,
  );
});

const areas = [byId("stage", HTMLElement), byId("gallery", HTMLElement)];
const showDragging = (is: boolean) => {
  for (const area of areas) area.classList.toggle("dragging", is);
};
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  showDragging(true);
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) showDragging(false);
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  showDragging(false);
  const files = [...event.dataTransfer?.files ?? []];
  const isModel = ({ name }: File) => /\.(pt|pth|safetensors)$/i.test(name);
  const stacks = files.filter((file) => !isModel(file));
  if (byId("predict", HTMLElement).hidden) return training.add(stacks);
  for (const model of files.filter(isModel)) form.takeModel(model);
  open(stacks);
});
addEventListener("beforeunload", (event) => {
  if (form.busy) event.preventDefault();
});

startTabs((id) => {
  tell(undefined);
  if (id === "tab-train") training.refresh().catch(tell);
});
form.start().catch(tell);
