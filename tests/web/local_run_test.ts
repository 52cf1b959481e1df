import assert from "assert";
import type { Page } from "playwright-core";
import { runCli } from "../support/cli.ts";
import { readStack, writeStack } from "../support/stacks.ts";
import { differences, modelFile, writeCrop } from "./real_stacks.ts";
import { downloaded, openStack, sceneTest } from "./support.ts";

const WISH = {
  webGpu: true,
  files: { "/models/reference.pt": await Deno.readFile(modelFile) },
};

async function chooseHere(page: Page): Promise<void> {
  await page.getByText("The stack never leaves it.").waitFor();
  await page.getByRole("radio", { name: "On this computer" }).check();
}

sceneTest(
  "the page predicts what the command line does, and sends no stack",
  WISH,
  async (scene) => {
    const { page, server, folder } = scene;
    const [crop, expected] = [`${folder}/crop.tif`, `${folder}/expected.tif`];
    await writeCrop(crop);
    await openStack(page, crop);
    await chooseHere(page);
    const machines = await page.locator("#machines").textContent();
    assert.match(
      machines!,
      /^On this computer: .*swiftshader.*, in software: the same result, but slow$/i,
    );
    await page.getByRole("button", { name: "Predict here" }).click();
    await page.waitForSelector("#done:not([hidden])");
    const { name, bytes } = await downloaded(page, "Download the result");
    assert.equal(name, "crop_zaugnet.tif");
    await Deno.writeFile(`${folder}/here.tif`, bytes);

    const { code, stderr } = await runCli(
      "predict",
      crop,
      "--model",
      modelFile,
      "--output",
      expected,
    );
    assert.equal(code, 0, stderr);
    const [ours, theirs] = [await readStack(`${folder}/here.tif`), await readStack(expected)];
    const facts = ({ info }: typeof ours) => ({ ...info, extras: undefined });
    assert.deepEqual(facts(ours), facts(theirs));
    const [first, ...between] = await differences(`${folder}/here.tif`, expected);
    assert.deepEqual([first, between[1], between[3]], [0, 0, 0], "originals pass untouched");
    assert.ok(Math.max(...between) <= 1, `they differ by ${between}`);
    const asked = server.asked.map(({ method, path }) => `${method} ${path}`).toSorted();
    assert.deepEqual(asked, ["GET /adapters", "GET /models", "GET /models/reference.pt"]);
  },
);

sceneTest("the page stays alive while it predicts, and cancels", WISH, async (scene) => {
  const { page, folder } = scene;
  const path = `${folder}/long.tif`;
  await writeStack(path, { sizes: { z: 40, y: 64, x: 64 } });
  await openStack(page, path);
  await chooseHere(page);
  await page.getByRole("button", { name: "Predict here" }).click();
  await page.locator("#progress-says").getByText(/Predicting · \d+ of 39 slices/).waitFor();
  const at = page.locator("#at-z");
  assert.equal(await at.inputValue(), "20");
  await page.locator("#pane-xy").focus();
  await page.keyboard.press("PageDown");
  assert.equal(await at.inputValue(), "21");
  await page.getByRole("button", { name: "Cancel" }).click();
  await page.getByRole("button", { name: "Predict here" }).waitFor();
  assert.equal(await page.locator("#status").textContent(), "Cancelled.");
  assert.ok(await page.locator("#problem").isHidden());
});

const NONSENSE = { webGpu: true, files: { "/models/reference.pt": new Uint8Array(100) } };
sceneTest("a model that is none is refused in a sentence", NONSENSE, async ({ page, stack }) => {
  await openStack(page, stack);
  await chooseHere(page);
  await page.getByRole("button", { name: "Predict here" }).click();
  await page.getByRole("alert").getByText(/reference\.pt.*\.$/).waitFor();
});

sceneTest("without WebGPU the page says so and offers the server", {}, async ({ page }) => {
  await page.getByText("This browser has no WebGPU; take the server.").waitFor();
  assert.ok(await page.getByRole("radio", { name: "On this computer" }).isDisabled());
  assert.ok(await page.getByRole("radio", { name: "On the server" }).isChecked());
  await page.getByText(/^On the server 127\.0\.0\.1:\d+: stand-in card$/).waitFor();
});

sceneTest("over plain http from another machine the page says why WebGPU is off", {
  host: "zaugnet.test",
  webGpu: true,
}, async ({ page }) => {
  await page.getByText("Browsers offer WebGPU only over https or from localhost").waitFor();
});

sceneTest("a stack that nobody photographed can be tried", {}, async ({ page }) => {
  await page.getByRole("button", { name: "Try a made-up one" }).click();
  await page.waitForSelector("#stack-facts:not([hidden])");
  const facts = await page.locator("#stack-facts dd").allTextContents();
  assert.deepEqual(facts[1], "256 × 128 × 28");
});
