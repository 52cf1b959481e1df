import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const [, ...COMMAND] = deno.tasks.serve.command.split(" ");

/** Runs a test with the real service, on a free port of the loopback and with its data in a folder. */
export async function withService(
  folder: string,
  test: (url: string) => Promise<void>,
): Promise<void> {
  await pageIsBuilt();
  const service = new Deno.Command(Deno.execPath(), {
    args: [...COMMAND, "--port", "0", "--data", folder, "--drain-seconds", "1"],
    cwd: ROOT,
    stdin: "null",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  let said = "";
  let listening: (url: string) => void;
  const url = new Promise<string>((resolve) => listening = resolve);
  const listen = async (stream: ReadableStream<Uint8Array<ArrayBuffer>>) => {
    for await (const text of stream.pipeThrough(new TextDecoderStream())) {
      said += text;
      const [found] = said.match(/http:\/\/127\.0\.0\.1:\d+(?=\s)/) ?? [];
      if (found) listening(found);
    }
  };
  const heard = Promise.all([listen(service.stdout), listen(service.stderr)]);
  let runs = true;
  const died = service.status.then(({ code }) => {
    runs = false;
    throw new Error(`The service ended with ${code}: ${said}`);
  });
  died.catch(() => {});
  try {
    await test(await Promise.race([url, died]));
  } finally {
    if (runs) service.kill("SIGTERM");
    await service.status;
    await heard;
  }
}

/** Builds the page that `deno task serve` shows, as it does before the service starts. */
async function pageIsBuilt(): Promise<void> {
  const { success, stderr } = await new Deno.Command(Deno.execPath(), {
    args: ["task", "--quiet", "page"],
    cwd: ROOT,
  }).output();
  if (!success) throw new Error(new TextDecoder().decode(stderr));
}
