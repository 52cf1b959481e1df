import assert from "assert";
import { Buffer } from "node:buffer";
import type { Page } from "playwright-core";
import { inTemporaryFolder } from "../support/cli.ts";
import { waves, writeStack } from "../support/stacks.ts";
import { builtPage, noBrowser, withPage } from "./browser.ts";
import { startStandIn } from "./stand_in.ts";
import { eventually } from "./support.ts";

const SIZES = { t: 2, c: 3, z: 5, y: 32, x: 48 };

/** Runs a test on the page with a small hyperstack opened in it. */
function pageTest(name: string, test: (page: Page, folder: string) => Promise<void>): void {
  Deno.test({ name, ignore: noBrowser }, () =>
    inTemporaryFolder(async (folder) => {
      await using server = startStandIn({ page: await builtPage() });
      const path = `${folder}/waves.tif`;
      await writeStack(path, { sizes: SIZES });
      await withPage(server.url, {}, async (page) => {
        await page.setInputFiles("#stack-file", path);
        await page.waitForSelector("#stack-facts:not([hidden])");
        await test(page, folder);
      });
      const sent = server.asked.filter(({ method }) => method !== "GET");
      assert.deepEqual(sent, [], "looking at a stack sends nothing");
    }));
}

const numberIn = async (page: Page, selector: string) =>
  Number(await page.locator(selector).textContent());

pageTest("a stack that is opened shows its size, voxels and type", async (page) => {
  const facts = await page.locator("#stack-facts dd").allTextContents();
  assert.match(facts[0], /^waves\.tif, 5\d\.\d KB$/);
  assert.deepEqual(facts.slice(1), [
    "48 × 32 × 5, 3 channels, 2 frames",
    "0.25 × 0.25 × 0.5 µm",
    "uint8, ImageJ hyperstack",
  ]);
});

pageTest("the slice and both sections show the stack's samples in grey", async (page) => {
  await page.locator("#at-c").fill("2");
  await page.locator("#at-t").fill("1");
  await page.locator("#at-z").fill("4");
  await page.locator("#at-y").fill("7");
  await page.locator("#at-x").fill("40");
  const [black, white] = [
    await numberIn(page, "label:has(#black) output"),
    await numberIn(page, "label:has(#white) output"),
  ];
  const sample = waves("uint8", SIZES);
  const grey = (z: number, y: number, x: number) => {
    const value = sample(1, 2, z)[y * SIZES.x + x];
    return Math.round(Math.min(255, Math.max(0, (value - black) * 255 / (white - black))));
  };
  const pixels = (pane: string) =>
    page.locator(`${pane} canvas`).evaluate((canvas: HTMLCanvasElement) => {
      const { data } = canvas.getContext("2d")!.getImageData(0, 0, canvas.width, canvas.height);
      return {
        width: canvas.width,
        height: canvas.height,
        reds: [...data].filter((_, i) => i % 4 === 0),
      };
    });
  await eventually(async () => {
    const [xy, xz, yz] = [
      await pixels("#pane-xy"),
      await pixels("#pane-xz"),
      await pixels("#pane-yz"),
    ];
    assert.deepEqual([xy.width, xy.height], [48, 32]);
    assert.deepEqual(xy.reds, xy.reds.map((_, i) => grey(4, Math.floor(i / 48), i % 48)));
    assert.deepEqual([xz.width, xz.height], [48, 5]);
    assert.deepEqual(xz.reds, xz.reds.map((_, i) => grey(Math.floor(i / 48), 7, i % 48)));
    assert.deepEqual([yz.width, yz.height], [5, 32]);
    assert.deepEqual(yz.reds, yz.reds.map((_, i) => grey(i % 5, Math.floor(i / 5), 40)));
  });
});

pageTest("sections are drawn to the scale of the voxels", async (page) => {
  const box = async (pane: string) => (await page.locator(pane).boundingBox())!;
  const [xy, xz, yz] = [await box("#pane-xy"), await box("#pane-xz"), await box("#pane-yz")];
  const scale = xy.width / (48 * 0.25);
  const near = (a: number, b: number) => assert.ok(Math.abs(a - b) < 1, `${a} is not ${b}`);
  near(xy.height, 32 * 0.25 * scale);
  near(xz.width, xy.width);
  near(xz.height, 5 * 0.5 * scale);
  near(yz.width, 5 * 0.5 * scale);
  near(yz.height, xy.height);
});

pageTest("contrast follows its sliders, and comes back with Auto", async (page) => {
  const white = () => numberIn(page, "label:has(#white) output");
  const auto = await white();
  await page.locator("#white").fill("400");
  const low = await white();
  assert.ok(low < auto, `${low} is under ${auto}`);
  await page.locator("#black").fill("900");
  assert.ok(await numberIn(page, "label:has(#black) output") < low, "black stays under white");
  await page.getByRole("button", { name: "Auto contrast" }).click();
  assert.equal(await white(), auto);
});

pageTest("a file that is not a stack is refused in a sentence", async (page) => {
  const file = {
    name: "notes.tif",
    mimeType: "image/tiff",
    buffer: Buffer.from("hi"),
  };
  await page.setInputFiles("#stack-file", file);
  await page.waitForSelector("#problem:not([hidden])");
  const said = await page.locator("#problem").textContent();
  assert.equal(said, "Cannot read notes.tif: it has 2 bytes, less than a TIFF header.");
});

pageTest("a stack that is dropped takes the place of the one before", async (page, folder) => {
  await writeStack(`${folder}/dropped.tif`, { sizes: { z: 4 } });
  const bytes = [...await Deno.readFile(`${folder}/dropped.tif`)];
  await page.evaluate((bytes) => {
    const dataTransfer = new DataTransfer();
    dataTransfer.items.add(new File([new Uint8Array(bytes)], "dropped.tif"));
    document.dispatchEvent(new DragEvent("drop", { dataTransfer, cancelable: true }));
  }, bytes);
  await page.locator("#stack-facts").getByText("48 × 32 × 4").waitFor();
});

pageTest("keys move the cross, the slice and the tabs", async (page) => {
  const at = (axis: string) => page.locator(`#at-${axis}`).inputValue();
  assert.deepEqual([await at("z"), await at("y"), await at("x")], ["2", "16", "24"]);
  await page.locator("#pane-xy").focus();
  for (const key of ["PageDown", "ArrowRight", "ArrowRight", "ArrowUp"]) {
    await page.keyboard.press(key);
  }
  assert.deepEqual([await at("z"), await at("y"), await at("x")], ["3", "15", "26"]);
  await page.getByRole("tab", { name: "Predict" }).focus();
  await page.keyboard.press("ArrowRight");
  assert.deepEqual(
    [await page.locator("#train").isVisible(), await page.locator("#predict").isVisible()],
    [true, false],
  );
});

pageTest("everything that can be used has a name and is reached by Tab", async (page) => {
  const tree = await page.locator("body").ariaSnapshot();
  const nameless = tree.split("\n").filter((line) =>
    /- (button|slider|combobox|radio|spinbutton|textbox|tab)\b(?! ")/.test(line)
  );
  assert.deepEqual(nameless, []);
  const reached = new Set<string>();
  for (let i = 0; i < 40; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement?.id ?? ""));
  }
  const wanted = ["tab-predict", "pane-xy", "pane-xz", "at-z", "black", "stack-file", "model"];
  assert.deepEqual(wanted.filter((id) => !reached.has(id)), []);
});
