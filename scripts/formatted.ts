import deno from "../deno.json" with { type: "json" };

/** A text as `deno fmt` has it. */
export async function formatted(text: string, ending: "md" | "json"): Promise<string> {
  const child = new Deno.Command(Deno.execPath(), {
    args: ["fmt", "--line-width", `${deno.fmt.lineWidth}`, "--ext", ending, "-"],
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  await writer.write(new TextEncoder().encode(text));
  await writer.close();
  const { stdout } = await child.output();
  return new TextDecoder().decode(stdout);
}
