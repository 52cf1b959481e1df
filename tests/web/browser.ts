import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";

const NAMES = ["chromium", "chromium-browser", "google-chrome"];
const SOFTWARE_GPU = ["--enable-unsafe-webgpu", "--use-webgpu-adapter=swiftshader"];

/** Debian's Chromium, or undefined (said loudly) where it is not installed. */
function findChromium(): string | undefined {
  const folders = (Deno.env.get("PATH") ?? "").split(delimiter);
  const paths = folders.flatMap((folder) => NAMES.map((name) => join(folder, name)));
  const found = paths.find((path) => existsSync(path));
  if (!found) console.warn("SKIPPED: the tests of the page: chromium is not installed");
  return found;
}

const executablePath = findChromium();

/** True where the page's tests can't run. */
export const noBrowser = executablePath === undefined;

const USUAL = { width: 1280, height: 800 };

let built: Promise<string> | undefined;

/** The built page, in a folder of its own that goes when the tests of a file are over. */
export function builtPage(): Promise<string> {
  return built ??= build();
}

async function build(): Promise<string> {
  const folder = await Deno.makeTempDir();
  globalThis.addEventListener("unload", () => Deno.removeSync(folder, { recursive: true }));
  const page = join(folder, "page");
  const script = fileURLToPath(new URL("../../scripts/build_page.ts", import.meta.url));
  const args = ["run", "--quiet", "--frozen", "-A", script, page];
  const { success, stderr } = await new Deno.Command(Deno.execPath(), { args }).output();
  if (success) return page;
  throw new Error(new TextDecoder().decode(stderr));
}

/** What a test's browser is like. */
export interface BrowserWish {
  readonly webGpu?: boolean;
  readonly viewport?: { readonly width: number; readonly height: number };
  readonly colorScheme?: "light" | "dark";
  /** The name under which the page is opened instead of 127.0.0.1. */
  readonly host?: string;
}

/** Opens the address in a new browser for a test, and fails where the page fails. */
export async function withPage(
  url: string,
  { webGpu = false, viewport = USUAL, colorScheme = "light", host }: BrowserWish,
  test: (page: Page) => Promise<void>,
): Promise<void> {
  const browser: Browser = await chromium.launch({
    executablePath,
    args: [
      "--no-sandbox",
      ...webGpu ? SOFTWARE_GPU : ["--disable-features=WebGPU"],
      ...host ? [`--host-resolver-rules=MAP ${host} 127.0.0.1`] : [],
    ],
  });
  try {
    const page = await browser.newPage({ viewport, colorScheme });
    page.setDefaultTimeout(60_000);
    const faults: string[] = [];
    page.on("pageerror", (error) => faults.push(String(error)));
    page.on("console", (message) => {
      if (message.text().includes("Content Security Policy")) faults.push(message.text());
    });
    await page.goto(host ? url.replace("127.0.0.1", host) : url);
    await test(page);
    if (faults.length > 0) throw new Error(`The page threw ${faults.join("; ")}`);
  } finally {
    await browser.close();
  }
}
