import assert from "assert";
import { openStack, sceneTest } from "./support.ts";

const PHONE = { width: 390, height: 844 };
const WALL = { width: 3840, height: 2160 };

for (const [name, viewport] of Object.entries({ "a phone": PHONE, "a 4K screen": WALL })) {
  sceneTest(
    `on ${name} nothing is cut and all is reached`,
    { viewport },
    async ({ page, stack }) => {
      await openStack(page, stack);
      await page.waitForTimeout(300);
      const width = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(width <= viewport.width, `the page is ${width} pixels wide`);
      for (const id of ["#pane-xy", "#pane-yz", "#pane-xz", "#at-z", "#white", "#run"]) {
        const box = (await page.locator(id).boundingBox())!;
        assert.ok(box.width > 0 && box.x >= 0, id);
        assert.ok(box.x + box.width <= viewport.width, `${id} ends at ${box.x + box.width}`);
      }
      const { width: image } = (await page.locator("#pane-xy").boundingBox())!;
      const share = image / viewport.width;
      assert.ok(share > 0.4, `the image takes ${share} of the width`);
      await page.locator("#run").scrollIntoViewIfNeeded();
      assert.ok(await page.locator("#run").isEnabled());
    },
  );
}

for (const colorScheme of ["light", "dark"] as const) {
  sceneTest(`texts are legible in the ${colorScheme} scheme`, { colorScheme }, async ({ page }) => {
    await page.locator("#here-says").waitFor();
    const contrasts = await page.evaluate(() => {
      const canvas = document.createElement("canvas").getContext("2d", {
        willReadFrequently: true,
      })!;
      const luminance = (colour: string) => {
        canvas.fillStyle = colour;
        canvas.fillRect(0, 0, 1, 1);
        const [r, g, b] = [...canvas.getImageData(0, 0, 1, 1).data].map((value) => {
          const part = value / 255;
          return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
      };
      const style = (selector: string) => getComputedStyle(document.querySelector(selector)!);
      const pairs = [
        ["body", "body"],
        ["#here-says", "body"],
        ["#machines", "body"],
        ["#run", "#run"],
        ["#empty .quiet", "#stage"],
      ];
      return pairs.map(([text, paper]) => {
        const values = [luminance(style(text).color), luminance(style(paper).backgroundColor)];
        return (Math.max(...values) + 0.05) / (Math.min(...values) + 0.05);
      });
    });
    // The ratio that the Web Content Accessibility Guidelines ask for (AA).
    assert.ok(contrasts.every((ratio) => ratio >= 4.5), contrasts.join());
  });
}
