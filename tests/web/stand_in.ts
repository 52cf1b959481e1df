import { extname, join } from "node:path";
import { type Message, render } from "../../src/core.ts";

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html",
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};

/** What the stand-in knows and does. */
export interface StandInWish {
  /** The folder of the built page. */
  readonly page: string;
  /** Files by the paths that they answer at: a model, a result, pictures. */
  readonly files?: Readonly<Record<string, Uint8Array<ArrayBuffer>>>;
  /** How often a job tells that it runs before it ends; never where not given. */
  readonly looks?: number;
  /** Of a job that fails, and of a request to start one that is refused. */
  readonly failure?: Message;
  readonly refusal?: Message;
  readonly token?: string;
}

/** A request that was made. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly query: Readonly<Record<string, string>>;
  readonly body: Uint8Array<ArrayBuffer>;
}

export interface StandIn extends AsyncDisposable {
  readonly port: number;
  readonly url: string;
  /** Of the API, in order; a job's state is asked often and is left out. */
  readonly asked: readonly Asked[];
}

interface Job {
  readonly id: string;
  readonly kind: string;
  state: string;
  looks: number;
}

const MODEL = { name: "reference.pt", variant: "zaugnet", parameters: 1, bytes: 1, notes: [] };
const ADAPTER = { index: 0, name: "stand-in card", type: "gpu", vendor: "", architecture: "" };

/** Serves the page and answers as the service would, so that a test says when jobs do what. */
export function startStandIn(wish: StandInWish): StandIn {
  const asked: Asked[] = [];
  const jobs = new Map<string, Job>();
  const server = Deno.serve(
    { port: 0, hostname: "127.0.0.1", onListen() {} },
    async (request) => {
      const { pathname: path, searchParams } = new URL(request.url);
      const file = path === "/" ? "/index.html" : path;
      const type = TYPES[extname(file)];
      if (type && request.method === "GET") return await sendPage(join(wish.page, file), type);
      if (wish.token && request.headers.get("Authorization") !== `Bearer ${wish.token}`) {
        return problem(401, "This server asks for its token.");
      }
      const { method } = request;
      const body = new Uint8Array(await request.arrayBuffer());
      const isLook = method === "GET" && jobs.has(path);
      if (!isLook) asked.push({ method, path, query: Object.fromEntries(searchParams), body });
      return answer(method, path);
    },
  );

  function answer(method: string, path: string): Response {
    const known = wish.files?.[path.replace(/\/job\d+\//, "/*/")];
    if (known && method === "GET") return new Response(known);
    if (path === "/models") return Response.json([MODEL]);
    if (path === "/adapters") return Response.json([ADAPTER]);
    const cancelled = method === "POST" && jobs.get(path.replace(/\/cancel$/, ""));
    if (cancelled) {
      cancelled.state = "cancelled";
      return Response.json(cancelled);
    }
    if (method === "POST") {
      if (wish.refusal) return problem(422, wish.refusal);
      const id = `job${jobs.size + 1}`;
      const job: Job = { id, kind: path, state: "queued", looks: 0 };
      jobs.set(`${path}/${id}`, job);
      return Response.json(job, { status: 202 });
    }
    const job = jobs.get(path);
    if (job) return Response.json(looked(job));
    if (path === "/trainings") return Response.json([...jobs.values()].toReversed());
    return problem(method === "GET" ? 404 : 405, "There is nothing here.");
  }

  function looked(job: Job) {
    job.looks++;
    if (job.looks === 1) return { ...job, position: 2 };
    if (job.state === "queued") job.state = "running";
    const ended = job.state === "running" && job.looks > (wish.looks ?? Infinity);
    if (ended) job.state = wish.failure ? "failed" : "succeeded";
    const [error, errorParts] = wish.failure ? asTold(wish.failure) : [];
    return { ...job, progress: { done: 3, total: 12, secondsLeft: 45 }, error, errorParts };
  }

  const { port } = server.addr;
  return {
    port,
    url: `http://127.0.0.1:${port}/`,
    asked,
    [Symbol.asyncDispose]: () => server.shutdown(),
  };
}

async function sendPage(path: string, type: string): Promise<Response> {
  const bytes = await Deno.readFile(path).catch(() => undefined);
  if (!bytes) return problem(404, "There is nothing here.");
  return new Response(bytes, { headers: { "Content-Type": type } });
}

/** A sentence, and its parts where it has any but text. */
function asTold(said: Message): [string, Message | undefined] {
  return [render(said), typeof said === "string" ? undefined : said];
}

function problem(status: number, said: Message): Response {
  const headers = { "Content-Type": "application/problem+json" };
  const [detail, detailParts] = asTold(said);
  const body = JSON.stringify({ title: "Problem", status, detail, detailParts });
  return new Response(body, { status, headers });
}
