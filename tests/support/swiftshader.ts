import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";

const DRIVER = fileURLToPath(
  new URL("../../.tools/swiftshader/vk_swiftshader_icd.json", import.meta.url),
);

/** Registers a test that needs SwiftShader, which it adds to the drivers, or says that it is skipped. */
export function withSwiftShader(name: string, test: () => Promise<void>): void {
  if (!existsSync(DRIVER)) {
    console.warn(`SKIPPED: "${name}": scripts/swiftshader.sh fetches the driver it needs`);
    return;
  }
  Deno.test(name, async () => {
    Deno.env.set("VK_ADD_DRIVER_FILES", DRIVER);
    try {
      await test();
    } finally {
      Deno.env.delete("VK_ADD_DRIVER_FILES");
    }
  });
}
