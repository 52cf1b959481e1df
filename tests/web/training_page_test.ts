import assert from "assert";
import { encodePng } from "../../src/core.ts";
import { downloaded, sceneTest } from "./support.ts";

const text = (words: string) => new TextEncoder().encode(words) as Uint8Array<ArrayBuffer>;
const CURVES = `<svg xmlns="http://www.w3.org/2000/svg" width="720" height="220">` +
  `<script>globalThis.harmed = true</script><text x="9" y="18">Losses</text></svg>`;
const PICTURE = encodePng({ width: 4, height: 2, data: new Uint8Array(8).fill(128) });
const FILES = {
  "/trainings/*/curves": text(CURVES),
  "/trainings/*/validation.png": PICTURE as Uint8Array<ArrayBuffer>,
  "/trainings/*/model": text("weights"),
};

sceneTest(
  "a network is trained: stacks go, curves and pictures come, it stops, the model is taken",
  { files: FILES },
  async (scene) => {
    const { page, server, stack, folder } = scene;
    const second = `${folder}/more.tif`;
    await Deno.copyFile(stack, second);
    await page.getByRole("tab", { name: "Train" }).click();
    const start = page.getByRole("button", { name: "Train on the server" });
    assert.ok(await start.isDisabled());
    await page.setInputFiles("#train-files", [stack, second]);
    await page.getByText("more.tif").waitFor();
    await page.getByLabel("Patch side").selectOption("128");
    await page.getByText("so this trains without it").waitFor();
    await page.getByLabel("Minutes at most").fill("5");
    await start.click();
    await page.getByText("Training · 3 of 12 steps · 45 s left").waitFor();

    const [post] = server.asked.filter(({ method }) => method === "POST");
    assert.equal(post.path, "/trainings");
    assert.deepEqual(post.query, {
      variant: "zaugnet",
      "max-minutes": "5",
      "patch-size": "128",
      "batch-size": "8",
      "lambda-adv": "0",
    });
    const form = new TextDecoder("latin1").decode(post.body);
    assert.deepEqual(
      [...form.matchAll(/name="stacks"; filename="(\w+\.tif)"/g)].map(([, name]) => name),
      ["waves.tif", "more.tif"],
    );

    await page.locator("#curves").getByText("Losses").waitFor();
    const picture = page.locator("#validation-picture");
    await picture.waitFor();
    assert.equal(await picture.evaluate((image) => (image as HTMLImageElement).naturalWidth), 4);
    assert.equal(await page.evaluate(() => "harmed" in globalThis), false, "drawings run nothing");

    await page.getByRole("button", { name: "Stop" }).click();
    await page.locator("#train-progress-says").getByText("the best model so far can be taken")
      .waitFor();
    const { name, bytes } = await downloaded(page, "Download the model");
    assert.deepEqual([name, new TextDecoder().decode(bytes)], ["job1.safetensors", "weights"]);
  },
);

sceneTest(
  "a training that runs is found again by who comes back",
  { files: FILES },
  async ({ page, server, stack }) => {
    await page.getByRole("tab", { name: "Train" }).click();
    await page.setInputFiles("#train-files", stack);
    await page.getByRole("button", { name: "Train on the server" }).click();
    await page.getByText("Training · 3 of 12 steps").waitFor();
    await page.goto(server.url);
    await page.getByRole("tab", { name: "Train" }).click();
    await page.getByText("Training · 3 of 12 steps").waitFor();
  },
);

sceneTest(
  "a stack that can't be trained on is refused before it is sent",
  {},
  async ({ page, server, folder }) => {
    await Deno.writeTextFile(`${folder}/no.tif`, "nothing");
    await page.getByRole("tab", { name: "Train" }).click();
    await page.setInputFiles("#train-files", `${folder}/no.tif`);
    await page.getByRole("alert").getByText(/no\.tif/).waitFor();
    assert.deepEqual(server.asked.filter(({ method }) => method === "POST"), []);
  },
);
