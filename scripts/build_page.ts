// Bundles the page of the service into the folder that is named, as the service does at each start,
// or into dist/page. esbuild comes from npm the first time.
import { copyFile, mkdir, readdir, rename, rm } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const WEB = fileURLToPath(new URL("../src/web/", import.meta.url));
const SCRIPTS = ["page.ts", "engine_worker.ts"];
const output = Deno.args[0] ?? fileURLToPath(new URL("../dist/page/", import.meta.url));

/** The page is made beside its place and moved there whole. */
const partial = `${output.replace(/\/$/, "")}.${Deno.pid}.partial`;
await mkdir(partial, { recursive: true });
for (const script of SCRIPTS) {
  const target = join(partial, script.replace(/ts$/, "js"));
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--frozen", "--minify", "--platform", "browser"],
      ...["--output", target, join(WEB, script)],
    ],
    cwd: dirname(WEB),
  }).output();
  if (success) continue;
  await rm(partial, { recursive: true });
  console.error(new TextDecoder().decode(stderr));
  Deno.exit(1);
}
for (const name of await readdir(WEB)) {
  if (/\.(html|css|svg)$/.test(name)) await copyFile(join(WEB, name), join(partial, name));
}
await rm(output, { recursive: true, force: true });
await rename(partial, output);
