import assert from "assert";
import { writeStack } from "../support/stacks.ts";
import { openStack, sceneTest } from "./support.ts";

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
  assert.ok(await scene.page.locator("#reading").isHidden());
});
