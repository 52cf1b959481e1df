import assert from "assert";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { TestServer } from "../support/server.ts";
import { writeStack } from "../support/stacks.ts";

const SCRIPT = fileURLToPath(new URL("../../examples/serve.sh", import.meta.url));
const TOKEN = "token-of-the-tests";

async function hasCurl(): Promise<boolean> {
  const found = await new Deno.Command("curl", { args: ["--version"] }).output()
    .then(({ success }) => success, () => false);
  if (!found) console.warn("SKIPPED: there is no curl, so its script is not tested");
  return found;
}

Deno.test("a script of nothing but curl makes the same bytes as the command line", async () => {
  if (!await hasCurl()) return;
  await inTemporaryFolder(async (folder) => {
    const at = (name: string) => join(folder, name);
    await Deno.writeTextFile(at("token"), TOKEN);
    await writeStack(at("stack.tif"), { sampleType: "uint16" });
    await Deno.copyFile(formulaModelFile("zaugnet"), at("waves.safetensors"));
    const server = await TestServer.start(at("data"), "--token-file", at("token"));
    const script = (stack: string, output: string) =>
      new Deno.Command("sh", {
        args: [SCRIPT, server.url(""), at("waves.safetensors"), stack, output, "factor=4"],
        env: { TOKEN },
      }).output();
    try {
      const { success, stdout, stderr } = await script(at("stack.tif"), at("there.tif"));
      assert.ok(success, new TextDecoder().decode(stderr));
      assert.match(new TextDecoder().decode(stdout), /^succeeded/m);
      const refused = await script(at("token"), at("none.tif"));
      assert.ok(!refused.success);
      assert.match(new TextDecoder().decode(refused.stderr), /TIFF/);
    } finally {
      await server.stop();
    }
    const model = ["--model", at("waves.safetensors"), "--factor", "4"];
    const { code } = await runCli("predict", at("stack.tif"), ...model, "-o", at("here.tif"));
    assert.equal(code, 0);
    assert.deepEqual(await Deno.readFile(at("there.tif")), await Deno.readFile(at("here.tif")));
    assert.ok(![...Deno.readDirSync(folder)].some(({ name }) => name.startsWith("none")));
  });
});
