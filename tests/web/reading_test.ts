import assert from "assert";
import { formulaModel } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { readStack, writeStack } from "../support/stacks.ts";
import { downloaded, openStack, sceneTest } from "./support.ts";

const cases = shared("cases");
const FINE = { files: { "/predictions/*/stack": await stackOf(5) }, looks: 1 };

async function stackOf(z: number): Promise<Uint8Array<ArrayBuffer>> {
  const path = await Deno.makeTempFile({ suffix: ".tif" });
  await writeStack(path, { sizes: { z } });
  const bytes = await Deno.readFile(path);
  await Deno.remove(path);
  return bytes;
}

sceneTest("files that are chosen together are slices of one stack", FINE, async (scene) => {
  const { page, server, folder } = scene;
  const paths = [10, 1, 2].map((number) => `${folder}/s${number}.tif`);
  for (const path of paths) await writeStack(path, { sizes: { z: 1 } });
  await page.setInputFiles("#stack-file", paths);
  await page.waitForSelector("#stack-facts:not([hidden])");
  assert.match((await page.locator("#stack-facts").textContent())!, /3 files.*48 × 32 × 3/s);
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.waitForSelector("#done:not([hidden])");
  const [post] = server.asked.filter(({ method }) => method === "POST");
  assert.equal(post.query.sequence, "true");
  assert.match(new TextDecoder("latin1").decode(post.body), /filename="s10\.tif"/);
});

sceneTest("frames that are slices are read so where the user says it", FINE, async (scene) => {
  const { page, server, folder } = scene;
  await writeStack(`${folder}/a.tif`, { sizes: { t: 4, z: 1 } });
  await openStack(page, `${folder}/a.tif`);
  const predict = page.getByRole("button", { name: "Predict on the server" });
  assert.ok(await predict.isDisabled());
  await page.getByLabel("Axes, slowest first").fill("zyx");
  await page.getByLabel("Voxel size z, y, x in µm").fill("2,0.5,0.5");
  await page.getByRole("button", { name: "Read it so" }).click();
  await predict.and(page.locator(":enabled")).click();
  await page.waitForSelector("#done:not([hidden])");
  const [post] = server.asked.filter(({ method }) => method === "POST");
  assert.deepEqual([post.query.axes, post.query["voxel-size"]], ["ZYX", "2,0.5,0.5,µm"]);
});

sceneTest("a stack that says all of itself is not asked about", FINE, async (scene) => {
  await openStack(scene.page, scene.stack);
  assert.ok(await scene.page.getByLabel("Axes, slowest first").isHidden());
});

sceneTest("some channels and frames are read, and a range of its own is asked for", {
  ...FINE,
  webGpu: true,
  files: { ...FINE.files, "/models/reference.pt": formulaModel("zaugnet") },
}, async ({ page, server, folder }) => {
  await writeStack(`${folder}/a.tif`, { sampleType: "uint16", sizes: { t: 3, c: 2, z: 3 } });
  await openStack(page, `${folder}/a.tif`);
  await page.getByText("How it is read").click();
  assert.ok(await page.getByLabel("Series").isHidden());
  await page.getByLabel("Only channels").fill("2");
  await page.getByLabel("Only frames").fill("2-3");
  await page.getByRole("button", { name: "Read it so" }).click();
  await page.locator("#stack-facts").getByText("48 × 32 × 3, 2 frames").waitFor();
  await page.getByText("Intensities", { exact: true }).click();
  await page.locator("#run-form").getByLabel("A range of its own for each").selectOption("frame");

  await page.getByRole("radio", { name: "On this computer" }).check();
  await page.getByRole("button", { name: "Predict here" }).click();
  await page.waitForSelector("#done:not([hidden])");
  const { bytes } = await downloaded(page, "Download the result");
  await Deno.writeFile(`${folder}/here.tif`, bytes);
  const { sizes, extras } = (await readStack(`${folder}/here.tif`)).info;
  assert.deepEqual([sizes.t, sizes.c, sizes.z], [2, 1, 5]);
  assert.equal(extras?.["zaugnet.normalization_per"], "frame");

  await page.getByRole("radio", { name: "On the server" }).check();
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.locator("#done-says").getByText("on the server").waitFor();
  const { query } = server.asked.find(({ method }) => method === "POST")!;
  assert.deepEqual([query.channels, query.frames, query.per], ["2", "2,3", "frame"]);
});

if (cases) {
  sceneTest("a file's series can be chosen", FINE, async ({ page, server }) => {
    await openStack(page, `${cases}/preview_first.tif`);
    await page.getByLabel("Series").selectOption("1");
    await page.getByRole("button", { name: "Read it so" }).click();
    await page.locator("#stack-facts").getByText("16 × 16 × 1").waitFor();
    await page.getByLabel("Series").selectOption("2");
    await page.getByRole("button", { name: "Read it so" }).click();
    const predict = page.getByRole("button", { name: "Predict on the server" });
    await predict.and(page.locator(":enabled")).click();
    await page.waitForSelector("#done:not([hidden])");
    const { query } = server.asked.find(({ method }) => method === "POST")!;
    assert.equal(query.series, "2");
  });
}
