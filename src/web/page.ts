/** The page's entry: puts the parts together. */
import { Client } from "./client.ts";
import { byId } from "./dom.ts";
import { LocalEngine } from "./local_engine.ts";
import { RunForm } from "./run_form.ts";
import { Stage } from "./stage.ts";
import { startTabs } from "./tabs.ts";
import { askToken } from "./token.ts";

/** Shows what is wrong until the next attempt; undefined shows nothing. */
function tell(error: unknown): void {
  const problem = byId("problem", HTMLElement);
  problem.hidden = error === undefined;
  problem.textContent = error instanceof Error ? error.message : String(error ?? "");
  if (error !== undefined) problem.scrollIntoView({ block: "nearest" });
}

const client = new Client(askToken);
const engine = new LocalEngine();
const stage = new Stage(tell);
const form = new RunForm(client, engine, stage, tell);

function open(file: File | undefined): void {
  if (!file) return;
  tell(undefined);
  form.open(file).catch(tell);
}

const stackFile = byId("stack-file", HTMLInputElement);
stackFile.addEventListener("change", () => {
  open(stackFile.files?.[0]);
  stackFile.value = "";
});
byId("sample", HTMLButtonElement).addEventListener("click", () => {
  engine.sample().then((stack) => open(new File([stack], "sample.tif")), tell);
});

const area = byId("stage", HTMLElement);
document.addEventListener("dragover", (event) => {
  event.preventDefault();
  area.classList.add("dragging");
});
document.addEventListener("dragleave", (event) => {
  if (event.relatedTarget === null) area.classList.remove("dragging");
});
document.addEventListener("drop", (event) => {
  event.preventDefault();
  area.classList.remove("dragging");
  for (const file of event.dataTransfer?.files ?? []) {
    if (/\.(pt|pth|safetensors)$/i.test(file.name)) form.takeModel(file);
    else open(file);
  }
});

startTabs();
form.start().catch(tell);
