import { isMessage, type Message } from "../core.ts";
import { SaidError } from "./option_labels.ts";

const TOKEN = "zaugnet.token";
/** Attempts at a request that gets no answer, and the wait before each new one. */
const ATTEMPTS = 5;
const WAIT_MS = 1000;

/** A model that the service keeps. */
export interface ServerModel {
  readonly name: string;
  readonly variant: string;
}

export interface ServerAdapter {
  readonly name: string;
  readonly type: "gpu" | "software";
}

/** A job as the service tells it. */
export interface ServerJob {
  readonly id: string;
  readonly state: "queued" | "running" | "succeeded" | "failed" | "cancelled";
  /** It was asked to stop and has not yet. */
  readonly cancelling?: boolean;
  readonly createdAt?: string;
  /** Jobs before it, of queued ones. */
  readonly position?: number;
  readonly progress?: {
    readonly done: number;
    readonly total: number;
    readonly secondsLeft?: number;
  };
  /** One sentence, of failed ones; in parts where it speaks of options. */
  readonly error?: string;
  readonly errorParts?: Message;
}

/** What the service said against a request. */
export class ServerError extends SaidError {
  override name = "ServerError";
  constructor(said: Message, readonly status: number) {
    super(said);
  }
}

interface RequestOptions {
  readonly method?: string;
  readonly body?: BodyInit;
  readonly signal?: AbortSignal;
}

/** The service that this page came from; no other is ever asked. */
export class Client {
  /** Whether it predicts and trains, too. */
  readonly computes: boolean = true;
  readonly #askToken: (wasWrong: boolean) => Promise<string | undefined>;

  /** `askToken` lets the user enter one; undefined where they would not. */
  constructor(askToken: (wasWrong: boolean) => Promise<string | undefined>) {
    this.#askToken = askToken;
  }

  async models(): Promise<readonly ServerModel[]> {
    return await this.json("models");
  }

  /** A model's file. */
  async model(name: string, signal: AbortSignal): Promise<Blob> {
    return await this.blob(`models/${encodeURIComponent(name)}`, { signal });
  }

  async adapters(): Promise<readonly ServerAdapter[]> {
    return await this.json("adapters");
  }

  /** Keeps a model's file under a name. */
  async putModel(name: string, file: Blob, signal?: AbortSignal): Promise<void> {
    await this.request(`models/${encodeURIComponent(name)}`, { method: "PUT", body: file, signal });
  }

  async json<T>(path: string, options?: RequestOptions): Promise<T> {
    return await (await this.request(path, options)).json();
  }

  async blob(path: string, options?: RequestOptions): Promise<Blob> {
    return await (await this.request(path, options)).blob();
  }

  /** Asks, with the token; again where nobody answers or the service asks for patience. */
  async request(path: string, options: RequestOptions = {}): Promise<Response> {
    const again = (options.method ?? "GET") === "GET";
    for (let attempt = 1;; attempt++) {
      options.signal?.throwIfAborted();
      const known = sessionStorage.getItem(TOKEN);
      const response = await fetch(path, { ...options, headers: authorization() }).catch(
        (error) => {
          if (options.signal?.aborted) throw error;
          return undefined;
        },
      );
      if (response?.ok) return response;
      if (response?.status === 401) {
        await this.#renewToken(known);
        continue;
      }
      if (response && !(response.status === 429 && again)) throw await errorOf(response);
      if (!again || attempt === ATTEMPTS) {
        if (response) throw await errorOf(response);
        throw new ServerError("The server does not answer: is it running, and the network up?", 0);
      }
      await wait(1000 * Number(response?.headers.get("Retry-After") ?? 0) || WAIT_MS * attempt);
    }
  }

  /** Sends a large body and tells how far it is, which fetch can't. */
  upload(
    path: string,
    body: Blob | FormData,
    signal: AbortSignal,
    onProgress: (done: number, total: number) => void,
  ): Promise<ServerJob> {
    return new Promise((resolve, reject) => {
      const request = new XMLHttpRequest();
      const abort = () => request.abort();
      signal.addEventListener("abort", abort);
      request.open("POST", path);
      if (body instanceof Blob) request.setRequestHeader("Content-Type", "image/tiff");
      for (const [name, value] of authorization()) request.setRequestHeader(name, value);
      request.upload.addEventListener("progress", ({ loaded, total }) => onProgress(loaded, total));
      request.addEventListener("loadend", () => {
        signal.removeEventListener("abort", abort);
        if (signal.aborted) return reject(signal.reason);
        const { status, responseText } = request;
        if (status >= 200 && status < 300) return resolve(JSON.parse(responseText));
        reject(new ServerError(saidIn(responseText, status), status));
      });
      request.send(body);
    });
  }

  async #renewToken(known: string | null): Promise<void> {
    // Of several requests that were refused, one asks for all.
    if (sessionStorage.getItem(TOKEN) !== known) return;
    const token = await this.#askToken(known !== null);
    if (!token) throw new ServerError("The server wants a token, and none was given.", 401);
    sessionStorage.setItem(TOKEN, token);
  }
}

function authorization(): Headers {
  const token = sessionStorage.getItem(TOKEN);
  return new Headers(token === null ? {} : { Authorization: `Bearer ${token}` });
}

async function errorOf(response: Response): Promise<ServerError> {
  return new ServerError(saidIn(await response.text(), response.status), response.status);
}

/** What a problem+json says. */
function saidIn(text: string, status: number): Message {
  if (status === 0) return "The server does not answer: is it running, and the network up?";
  try {
    const { detailParts, detail, title } = JSON.parse(text);
    const said = detailParts ?? detail ?? title;
    if (isMessage(said)) return said;
  } catch {
    // No JSON: a proxy may have answered.
  }
  return `The server answered ${status} without saying why.`;
}

/** Waits, and throws the signal's reason when it is aborted meanwhile. */
export function wait(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(resolve, milliseconds);
    signal?.addEventListener("abort", () => {
      clearTimeout(timer);
      reject(signal.reason);
    }, { once: true });
  });
}
