import { join } from "node:path";
import { fileURLToPath } from "node:url";

/** The program runs from a checkout's sources, or from bundles that lie in one folder. */
export const BUNDLED = import.meta.url.endsWith(".js");

const ROOT = fileURLToPath(new URL(BUNDLED ? "." : "../../", import.meta.url));

/** The folder of the models that come with the program. */
export const MODELS = join(ROOT, "models");

/** A real stack, with its licence beside it. */
export const EXAMPLE = join(
  ROOT,
  BUNDLED ? "example" : "examples/stack",
  "nuclear_envelope_fly_embryo.tif",
);

/** The folder of the built page; `deno task page` makes a checkout's. */
export const PAGE = join(ROOT, BUNDLED ? "page" : "dist/page");

/** What a process must be allowed to read of the program, so that it can start workers. */
export const CODE: readonly string[] = BUNDLED
  ? [ROOT]
  : ["src", "models", "mod.ts", "deno.json", "deno.lock"].map((name) => join(ROOT, name));
