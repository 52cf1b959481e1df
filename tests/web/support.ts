import type { Page } from "playwright-core";
import { inTemporaryFolder } from "../support/cli.ts";
import { writeStack } from "../support/stacks.ts";
import { type BrowserWish, builtPage, noBrowser, withPage } from "./browser.ts";
import { type StandIn, type StandInWish, startStandIn } from "./stand_in.ts";

/** What a test of the page has: the page, what serves it, and a small stack's file. */
export interface Scene {
  readonly page: Page;
  readonly server: StandIn;
  readonly stack: string;
  readonly folder: string;
}

/** Declares a test of the page with the stand-in; ignored where there is no browser. */
export function sceneTest(
  name: string,
  wish: Omit<StandInWish, "page"> & BrowserWish,
  test: (scene: Scene) => Promise<void>,
): void {
  Deno.test({ name, ignore: noBrowser }, () =>
    inTemporaryFolder(async (folder) => {
      await using server = startStandIn({ ...wish, page: await builtPage() });
      const stack = `${folder}/waves.tif`;
      await writeStack(stack);
      await withPage(server.url, wish, (page) => test({ page, server, stack, folder }));
    }));
}

/** Opens a stack in the page and waits for its facts. */
export async function openStack(page: Page, path: string): Promise<void> {
  await page.setInputFiles("#stack-file", path);
  await page.waitForSelector("#stack-facts:not([hidden])");
}

/** The bytes of what a button has the browser save, and the name that it gives the file. */
export async function downloaded(page: Page, button: string) {
  const [download] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: button }).click(),
  ]);
  return {
    name: download.suggestedFilename(),
    bytes: await Deno.readFile((await download.path())!),
  };
}

/** Repeats a check until it passes, for what the page draws in its own time. */
export async function eventually(check: () => Promise<void>): Promise<void> {
  const end = Date.now() + 30_000;
  while (true) {
    try {
      return await check();
    } catch (error) {
      if (Date.now() > end) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}
