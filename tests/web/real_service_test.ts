import assert from "assert";
import type { Page } from "playwright-core";
import { inTemporaryFolder } from "../support/cli.ts";
import { shared } from "../support/shared.ts";
import { writeStack } from "../support/stacks.ts";
import { type BrowserWish, noBrowser, withPage } from "./browser.ts";
import { differences, modelFile, writeCrop } from "./real_stacks.ts";
import { withService } from "./service.ts";
import { downloaded, openStack } from "./support.ts";

const zstd = noBrowser ? undefined : shared("tiffs/zstd_u8.tif");

/** For what is computed in software on a machine that is busy. */
const PATIENCE_MS = 300_000;

function serviceTest(
  name: string,
  wish: BrowserWish,
  test: (page: Page, folder: string) => Promise<void>,
): void {
  Deno.test({ name, ignore: noBrowser }, () =>
    inTemporaryFolder((folder) =>
      withService(
        `${folder}/data`,
        (url) =>
          withPage(url, wish, (page) => {
            page.setDefaultTimeout(PATIENCE_MS);
            return test(page, folder);
          }),
      )
    ));
}

const GPU = { webGpu: true };
serviceTest("the real service and the page predict alike", GPU, async (page, folder) => {
  await writeCrop(`${folder}/crop.tif`);
  await openStack(page, `${folder}/crop.tif`);
  await page.setInputFiles("#model-file", modelFile);
  await page.getByRole("radio", { name: "On the server" }).check();
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.waitForSelector("#done:not([hidden])");
  const there = await downloaded(page, "Download the result");
  await Deno.writeFile(`${folder}/there.tif`, there.bytes);

  await page.getByRole("radio", { name: "On this computer" }).check();
  await page.getByRole("button", { name: "Predict here" }).click();
  await page.locator("#done-says").getByText("on this computer").waitFor();
  const here = await downloaded(page, "Download the result");
  await Deno.writeFile(`${folder}/here.tif`, here.bytes);
  const between = await differences(`${folder}/here.tif`, `${folder}/there.tif`);
  assert.equal(between.length, 5);
  assert.ok(Math.max(...between) <= 1, `they differ by ${between}`);
});

serviceTest(
  "under the real service zstd is read and refusals are said",
  {},
  async (page, folder) => {
    // The decoder is WebAssembly, which the service's policy must let run.
    if (zstd) await openStack(page, zstd);
    assert.ok(await page.locator("#problem").isHidden());
    await Deno.writeTextFile(`${folder}/no_model.pt`, "nothing");
    await page.setInputFiles("#model-file", `${folder}/no_model.pt`);
    await writeStack(`${folder}/waves.tif`);
    await openStack(page, `${folder}/waves.tif`);
    await page.getByRole("button", { name: "Predict on the server" }).click();
    await page.getByRole("alert").getByText(/no_model\.pt.*\.$/).waitFor();
  },
);

serviceTest("a network is trained with the real service", {}, async (page, folder) => {
  await writeStack(`${folder}/waves.tif`, { sizes: { z: 12, y: 64, x: 64 } });
  await page.getByRole("tab", { name: "Train" }).click();
  await page.setInputFiles("#train-files", `${folder}/waves.tif`);
  await page.getByLabel("Patch side").selectOption("64");
  await page.getByLabel("Batch").fill("2");
  await page.getByLabel("Epochs at most").fill("1");
  await page.getByRole("button", { name: "Train on the server" }).click();
  await page.locator("#train-progress-says").getByText("The training is finished.").waitFor();
  await page.locator("#curves").getByText("Losses of the generator").waitFor();
  await page.locator("#validation-picture").waitFor();
  await page.getByRole("button", { name: "Predict with it" }).click();
  await page.getByRole("combobox", { name: "Model" }).waitFor();
  const chosen = await page.locator("#model option:checked").textContent();
  assert.match(chosen!, /\.safetensors \(ZAugNet\)$/);
});
