import postgres from "postgres";
import { join } from "node:path";

/** Where Debian's package keeps the programs that are in no PATH. */
const DEBIAN = "/usr/lib/postgresql";
const SETTINGS = ["fsync=off", "unix_socket_directories=", "listen_addresses=127.0.0.1"];
/** What the cluster asks for. */
export const PASSWORD = "s3cret-of-tests";

/** A private PostgreSQL on a free port of loopback, in a temporary folder. */
export interface Cluster {
  /** Makes an empty place for tables and tells the address that leads there. */
  create(): Promise<string>;
  /** Stops it at once and removes its folder. */
  stop(): Promise<void>;
}

/** Starts a cluster; undefined, said loudly, where PostgreSQL is not installed. */
export async function startCluster(): Promise<Cluster | undefined> {
  const programs = await findPrograms();
  if (!programs) {
    console.log("SKIPPED: tests of the queue on PostgreSQL: install Debian's postgresql");
    return undefined;
  }
  const owner = await findOwner();
  const folder = await Deno.makeTempDir();
  const data = join(folder, "data");
  const password = join(folder, "password");
  await Deno.writeTextFile(password, PASSWORD);
  if (owner) {
    for (const path of [folder, password]) {
      await Deno.chown(path, owner.uid, owner.gid);
    }
  }
  const run = (name: string, ...args: string[]) =>
    new Deno.Command(join(programs, name), {
      args: ["-D", data, ...args],
      ...owner,
      cwd: folder,
      stdin: "null",
      stdout: "piped",
      stderr: "piped",
    });
  const made = await run(
    "initdb",
    ...["--no-sync", "--username=tester", "--auth=scram-sha-256", `--pwfile=${password}`],
    ...["--encoding=UTF8", "--locale=C"],
  ).output();
  if (!made.success) throw new Error(new TextDecoder().decode(made.stderr));
  const port = freePort();
  const server = run("postgres", ...[...SETTINGS, `port=${port}`].flatMap((one) => ["-c", one]))
    .spawn();
  await untilReady(server);
  const url = `postgres://tester:${PASSWORD}@127.0.0.1:${port}/postgres`;
  const sql = postgres(url, { max: 1 });
  let count = 0;
  return {
    // Schemas, since databases take seconds to make and to drop.
    async create() {
      const name = `queue_${++count}`;
      await sql`CREATE SCHEMA ${sql(name)}`;
      return `${url}?search_path=${name}`;
    },
    async stop() {
      await sql.end();
      // Immediately: nothing of it is needed any more.
      server.kill("SIGQUIT");
      await server.status;
      await Deno.remove(folder, { recursive: true });
    },
  };
}

/** Waits until it says that it is ready, and lets it say what it will. */
async function untilReady({ stderr, stdout }: Deno.ChildProcess): Promise<void> {
  void stdout.pipeTo(new WritableStream());
  const ready = Promise.withResolvers<void>();
  let said = "";
  stderr.pipeThrough(new TextDecoderStream()).pipeTo(
    new WritableStream({
      write(text) {
        said += text;
        if (said.includes("ready to accept connections")) ready.resolve();
      },
      close: () => ready.reject(new Error(`PostgreSQL did not start: ${said}`)),
    }),
  );
  await ready.promise;
}

async function findPrograms(): Promise<string | undefined> {
  const versions = await Array.fromAsync(Deno.readDir(DEBIAN)).catch(() => []);
  const newest = versions.map(({ name }) => name).sort((a, b) => Number(b) - Number(a));
  const folders = [...newest.map((name) => `${DEBIAN}/${name}/bin`), "/usr/local/bin", "/usr/bin"];
  for (const folder of folders) {
    if (await Deno.stat(join(folder, "initdb")).then(() => true, () => false)) return folder;
  }
  return undefined;
}

/** PostgreSQL refuses to run as root: Debian's package brings a user. */
async function findOwner(): Promise<{ uid: number; gid: number } | undefined> {
  if (Deno.uid() !== 0) return undefined;
  const users = await Deno.readTextFile("/etc/passwd");
  const [, uid, gid] = users.match(/^postgres:[^:]*:(\d+):(\d+)/m) ??
    users.match(/^nobody:[^:]*:(\d+):(\d+)/m)!;
  return { uid: Number(uid), gid: Number(gid) };
}

function freePort(): number {
  using listener = Deno.listen({ hostname: "127.0.0.1", port: 0 });
  return listener.addr.port;
}
