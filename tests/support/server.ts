import { fileURLToPath } from "node:url";
import deno from "../../deno.json" with { type: "json" };

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
/** The words of `deno task serve` after "deno". */
const [, ...COMMAND] = deno.tasks.serve.command.split(" ");

/** The real service, started as `deno task serve` starts it, on a free port of loopback. */
export class TestServer {
  /** What it said so far. */
  said = "";
  readonly #process: Deno.ChildProcess;
  readonly #ended: Promise<unknown>;

  private constructor(flags: readonly string[]) {
    this.#process = new Deno.Command(Deno.execPath(), {
      args: [...COMMAND, "--port", "0", ...flags],
      cwd: ROOT,
      stdin: "null",
      stdout: "null",
      stderr: "piped",
    }).spawn();
    this.#ended = this.#listen();
  }

  /** Starts it and waits until it listens; throws what it said where it does not. */
  static async start(data: string, ...flags: readonly string[]): Promise<TestServer> {
    const server = new TestServer(["--no-page", "--data", data, ...flags]);
    const state = { ended: false };
    server.#ended.then(() => state.ended = true);
    while (!state.ended) {
      if (server.#address) return server;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new Error(`The server did not start: ${server.said}`);
  }

  /** Runs it where it is expected to refuse. */
  static async refusal(...flags: readonly string[]): Promise<{ code: number; said: string }> {
    const server = new TestServer(["--no-page", ...flags]);
    const code = await server.end();
    return { code, said: server.said };
  }

  url(path: string): string {
    return this.#address + path;
  }

  fetch(path: string, init?: RequestInit): Promise<Response> {
    return fetch(this.url(path), init);
  }

  /** Sends a signal to the launcher, and answers its exit code when all is over. */
  async stop(signal: Deno.Signal = "SIGTERM"): Promise<number> {
    try {
      this.#process.kill(signal);
    } catch {
      // It has ended by itself.
    }
    return await this.end();
  }

  /** The launcher's exit code, when launcher and service have ended. */
  async end(): Promise<number> {
    const { code } = await this.#process.status;
    // Standard error is open as long as one of both lives.
    await this.#ended;
    return code;
  }

  /** The service proper, as the system shows it (Linux). */
  get service(): { readonly pid: number; readonly command: readonly string[] } {
    const { pid } = this.#process;
    const child = Number(Deno.readTextFileSync(`/proc/${pid}/task/${pid}/children`).trim());
    const command = Deno.readTextFileSync(`/proc/${child}/cmdline`).split("\0");
    return { pid: child, command };
  }

  get #address(): string | undefined {
    return this.said.match(/^Listening on (.*)$/m)?.[1];
  }

  async #listen(): Promise<void> {
    for await (const text of this.#process.stderr.pipeThrough(new TextDecoderStream())) {
      this.said += text;
    }
  }
}
