/** Makes one minified module of a source file and all that it imports; esbuild comes from npm. */
export async function denoBundle(
  source: string,
  target: string,
  platform: "deno" | "browser",
): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: [
      ...["bundle", "--quiet", "--frozen", "--minify", "--platform", platform],
      ...["--output", target, source],
    ],
    cwd: new URL("..", import.meta.url),
  }).output();
  if (success) return;
  throw new Error(`${source} can't be bundled: ${new TextDecoder().decode(stderr).trim()}`);
}
