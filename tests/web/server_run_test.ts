import assert from "assert";
import { option, phrase } from "../../src/core.ts";
import { writeStack } from "../support/stacks.ts";
import { inTemporaryFolder } from "../support/cli.ts";
import { downloaded, eventually, openStack, sceneTest } from "./support.ts";

/** A stack such as a service would answer: twice as fine. */
async function fineStack(): Promise<Uint8Array<ArrayBuffer>> {
  let bytes = new Uint8Array();
  await inTemporaryFolder(async (folder) => {
    const voxelSize = { x: 0.25, y: 0.25, z: 0.25, unit: "micron" };
    await writeStack(`${folder}/fine.tif`, { sizes: { z: 5 }, voxelSize });
    bytes = await Deno.readFile(`${folder}/fine.tif`);
  });
  return bytes;
}

const FINE = await fineStack();
const RESULT = { files: { "/predictions/*/stack": FINE }, looks: 3 };

sceneTest("a stack is predicted on the server and downloaded", RESULT, async (scene) => {
  const { page, server, stack } = scene;
  await openStack(page, stack);
  await page.locator("#factor").selectOption("4");
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.waitForSelector("#done:not([hidden])");
  const [post] = server.asked.filter(({ method }) => method === "POST");
  assert.equal(post.path, "/predictions");
  assert.deepEqual(post.query, { model: "reference.pt", factor: "4" });
  assert.deepEqual(post.body, await Deno.readFile(stack));
  assert.match(
    (await page.locator("#done-says").textContent())!,
    /on the server by stand-in card/,
  );
  const { name, bytes } = await downloaded(page, "Download the result");
  assert.equal(name, "waves_zaugnet.tif");
  assert.deepEqual(bytes, FINE);
});

sceneTest("before and after are compared by a divider, also with keys", RESULT, async (scene) => {
  const { page, stack } = scene;
  await openStack(page, stack);
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.waitForSelector("#compare:not([hidden])");
  assert.equal(await page.locator("#before-step").textContent(), "z step 0.5 µm");
  assert.equal(await page.locator("#after-step").textContent(), "z step 0.25 µm");
  const rows = (id: string) =>
    page.locator(id).evaluate((canvas) => (canvas as HTMLCanvasElement).height);
  await eventually(async () =>
    assert.deepEqual([await rows("#compare-before"), await rows("#compare-after")], [3, 5])
  );
  const line = async () => (await page.locator("#divider-line").boundingBox())!.x;
  const divider = page.getByRole("slider", { name: "Divider between before and after" });
  const middle = await line();
  await divider.focus();
  for (let i = 0; i < 10; i++) await page.keyboard.press("ArrowLeft");
  assert.ok(await line() < middle, "it went to the left");
  const box = (await divider.boundingBox())!;
  await page.mouse.click(box.x + box.width * 0.8, box.y + box.height / 2);
  const dragged = (await line() + 1 - box.x) / box.width;
  assert.ok(Math.abs(dragged - 0.8) < 0.02, `it is at ${dragged}`);
  await page.getByText("Result", { exact: true }).click();
  assert.equal(await page.locator("#at-z").getAttribute("max"), "4");
});

sceneTest("a new stack takes the place of a result that was looked at", RESULT, async (scene) => {
  const { page, stack, folder } = scene;
  await openStack(page, stack);
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.waitForSelector("#done:not([hidden])");
  await page.getByText("Result", { exact: true }).click();
  await page.locator("#at-z").fill("4");
  await writeStack(`${folder}/other.tif`, { sizes: { z: 7 } });
  await page.setInputFiles("#stack-file", `${folder}/other.tif`);
  await page.locator("#stack-facts").getByText("48 × 32 × 7").waitFor();
  assert.equal(await page.locator("label:has(#at-z) output").textContent(), "4/7");
  assert.ok(await page.locator("#shown").isHidden());
  assert.ok(await page.locator("#problem").isHidden());
});

sceneTest(
  "no z step is offered for a stack that tells none",
  {},
  async ({ page, stack, folder }) => {
    await openStack(page, stack);
    await page.getByText("As fine as in the plane").click();
    await writeStack(`${folder}/plain.tif`, { voxelSize: { unit: "" } });
    await page.setInputFiles("#stack-file", `${folder}/plain.tif`);
    await page.getByText("The file tells no z step, so none can be asked for.").waitFor();
    const chosen = () => page.locator("input[name=target]:checked").inputValue();
    assert.equal(await chosen(), "factor");
    assert.ok(await page.getByLabel("As fine as in the plane").isDisabled());
    assert.ok(await page.getByRole("spinbutton", { name: "z step" }).isDisabled());
    await writeStack(`${folder}/one.tif`, { sizes: { z: 1 } });
    await page.setInputFiles("#stack-file", `${folder}/one.tif`);
    await page.getByText("One slice: there is nothing to predict between.").waitFor();
    assert.ok(await page.locator("#run").isDisabled());
    await page.setInputFiles("#stack-file", stack);
    await page.locator("#stack-facts").getByText("waves.tif").waitFor();
    assert.ok(await page.getByLabel("As fine as in the plane").isEnabled());
  },
);

sceneTest("what the server says of options is said in the page's words", {
  refusal: phrase`${option("spacing", "isotropic")} needs a ZAugNet+ model: it can do
    ${option("factor", 2)}.`,
}, async ({ page, stack }) => {
  await openStack(page, stack);
  await page.getByRole("button", { name: "Predict on the server" }).click();
  const said = "“As fine as in the plane” needs a ZAugNet+ model: it can do 2 parts of each gap.";
  await page.getByRole("alert").getByText(said).waitFor();
});

sceneTest("a z step of one's own is what the server is asked for", RESULT, async (scene) => {
  const { page, server, stack } = scene;
  await openStack(page, stack);
  await page.getByRole("spinbutton", { name: "z step" }).fill("0.125");
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.waitForSelector("#done:not([hidden])");
  await page.getByText("As fine as in the plane").click();
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.waitForSelector("#done:not([hidden])");
  const posts = server.asked.filter(({ method }) => method === "POST");
  assert.deepEqual(posts.map(({ query }) => query.spacing), ["0.125", "isotropic"]);
});

sceneTest(
  "place in the queue, progress and time left are shown until it is cancelled",
  {},
  async (scene) => {
    const { page, server, stack } = scene;
    await openStack(page, stack);
    await page.getByRole("button", { name: "Predict on the server" }).click();
    await page.locator("#progress-says").getByText("Waiting: 2 jobs before this").waitFor();
    await page.getByText("Predicting · 3 of 12 slices · 45 s left").waitFor();
    assert.match((await page.locator("#status").textContent())!, /25 percent/);
    await page.getByRole("button", { name: "Cancel" }).click();
    await page.getByRole("button", { name: "Predict on the server" }).waitFor();
    assert.equal(await page.locator("#status").textContent(), "Cancelled.");
    assert.ok((await page.locator("#status").boundingBox())!.width > 50, "it is seen");
    assert.ok(await page.locator("#problem").isHidden(), "a cancel is not an error");
    const { method, path } = server.asked.at(-1)!;
    assert.deepEqual([method, path], ["POST", "/predictions/job1/cancel"]);
  },
);

const REFUSAL = "The stack has one slice; there is nothing to interpolate between.";
sceneTest(
  "the server's sentence is shown where it refuses",
  { refusal: REFUSAL },
  async (scene) => {
    await openStack(scene.page, scene.stack);
    await scene.page.getByRole("button", { name: "Predict on the server" }).click();
    await scene.page.getByRole("alert").getByText(REFUSAL).waitFor();
    assert.ok(await scene.page.getByRole("button", { name: "Predict on the server" }).isEnabled());
  },
);

const FAILURE = "A z step of 0.2 can't be had: ask for 4 parts of each gap.";
sceneTest(
  "the job's sentence is shown in the page's words where it fails",
  {
    failure: phrase`${option("spacing", 0.2)} can't be had: ask for ${option("factor", 4)}.`,
    looks: 2,
  },
  async (scene) => {
    await openStack(scene.page, scene.stack);
    await scene.page.getByRole("button", { name: "Predict on the server" }).click();
    await scene.page.getByRole("alert").getByText(FAILURE).waitFor();
  },
);

sceneTest("a model from a file is sent to the server before the stack", RESULT, async (scene) => {
  const { page, server, stack, folder } = scene;
  await Deno.writeTextFile(`${folder}/my model.pt`, "weights");
  await openStack(page, stack);
  await page.setInputFiles("#model-file", `${folder}/my model.pt`);
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.getByRole("alert").waitFor();
  const put = server.asked.find(({ method }) => method === "PUT")!;
  assert.equal(put.path, "/models/my_model.pt");
  assert.equal(new TextDecoder().decode(put.body), "weights");
});

sceneTest("a token is asked for once, used, and forgotten with the tab", {
  ...RESULT,
  token: "secret",
}, async (scene) => {
  const { page, stack, server } = scene;
  await page.getByRole("textbox", { name: "Token" }).fill("wrong");
  await page.keyboard.press("Enter");
  await page.getByText("The server did not take that token.").waitFor();
  await page.getByRole("textbox", { name: "Token" }).fill("secret");
  await page.keyboard.press("Enter");
  await page.getByText("stand-in card. The stack is sent").waitFor();
  await openStack(page, stack);
  await page.getByRole("button", { name: "Predict on the server" }).click();
  await page.waitForSelector("#done:not([hidden])");
  assert.ok(server.asked.length > 0);
  const kept = await page.evaluate(
    () => [Object.values(sessionStorage), Object.values(localStorage)],
  );
  assert.deepEqual(kept, [["secret"], []]);
});
