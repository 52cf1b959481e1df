import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

interface Package {
  readonly name: string;
  readonly version: string;
  readonly localPath: string;
  readonly dependencies: readonly string[];
}

/** What `deno info --json` says; a package's id has the versions of its peers, too. */
interface Info {
  readonly modules: readonly { readonly npmPackage?: string }[];
  readonly npmPackages?: Readonly<Record<string, Package>>;
}

const LICENCE = /^(licen[cs]e|copying|notice)/i;

/** The licences of all packages that some modules import, as these ask copies to carry. */
export async function notices(modules: readonly string[]): Promise<string> {
  const packages = new Map<string, Package>();
  for (const path of modules) {
    const { modules, npmPackages = {} } = await info(path);
    const visit = (id: string): void => {
      const found = npmPackages[id];
      const title = `${found.name} ${found.version}`;
      if (packages.has(title)) return;
      packages.set(title, found);
      found.dependencies.forEach(visit);
    };
    for (const { npmPackage } of modules) if (npmPackage !== undefined) visit(npmPackage);
  }
  const sections: string[] = [];
  for (const title of [...packages.keys()].sort()) {
    sections.push(`== ${title}\n\n${await licenceOf(packages.get(title)!)}\n`);
  }
  return ["The program's bundles hold these packages.\n", ...sections].join("\n");
}

async function info(path: string): Promise<Info> {
  const { success, stdout, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["info", "--json", "--frozen", path],
    cwd: new URL("..", import.meta.url),
  }).output();
  if (success) return JSON.parse(new TextDecoder().decode(stdout));
  throw new Error(new TextDecoder().decode(stderr));
}

/** The texts of a package's licence, or what its package.json says where it has none. */
async function licenceOf({ localPath }: Package): Promise<string> {
  const names = (await readdir(localPath)).filter((name) => LICENCE.test(name)).sort();
  const texts = names.map((name) => readFile(join(localPath, name), "utf8"));
  if (texts.length > 0) return (await Promise.all(texts)).map((text) => text.trim()).join("\n\n");
  const { license } = JSON.parse(await readFile(join(localPath, "package.json"), "utf8"));
  if (typeof license === "string") return `Licence: ${license}.`;
  throw new Error(`${localPath} states no licence.`);
}
