/**
 * Keeps the page of a static site for when there is no network: its own files from the start, what
 * is large when it is first used. It runs only there; `scripts/build_site.ts` puts SITE before it.
 */
declare const SITE: Site;

/** The files of a site, by their paths in its folder; a digest of what is in them for each kind. */
export interface Site {
  /** Of the page; a page is made of files of one version. */
  readonly page: { readonly version: string; readonly files: readonly string[] };
  /** Models and stacks. */
  readonly large: { readonly version: string; readonly files: readonly string[] };
}

/** What TypeScript's library of the page does not know of a service worker. */
interface Extendable {
  waitUntil(work: Promise<unknown>): void;
}
interface Asked {
  readonly request: Request;
  respondWith(answer: Promise<Response>): void;
}
interface ServiceWorker {
  readonly registration: { readonly scope: string };
  readonly clients: { claim(): Promise<void> };
  addEventListener(type: "install" | "activate", heard: (event: Extendable) => void): void;
  addEventListener(type: "fetch", heard: (event: Asked) => void): void;
}

const worker = globalThis as unknown as ServiceWorker;
const { scope } = worker.registration;
// Other sites of the same host have caches, too.
const NAMES = {
  page: `zaugnet ${scope} page ${SITE.page.version}`,
  large: `zaugnet ${scope} large ${SITE.large.version}`,
};

worker.addEventListener("install", (event) => event.waitUntil(keepPage()));
worker.addEventListener("activate", (event) => event.waitUntil(takeOver()));
worker.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || !`${origin}${pathname}`.startsWith(scope)) return;
  const file = decodeURIComponent(`${origin}${pathname}`.slice(scope.length)) || "index.html";
  const kind = (["page", "large"] as const).find((kind) => SITE[kind].files.includes(file));
  if (kind !== undefined) event.respondWith(kept(NAMES[kind], scope + file));
});

/** Past the browser's own cache, where files of several versions may lie. */
async function keepPage(): Promise<void> {
  const cache = await caches.open(NAMES.page);
  await cache.addAll(SITE.page.files.map((file) => new Request(scope + file, { cache: "reload" })));
}

/** A new version waits until no page of the old one is open; then the old one's caches go. */
async function takeOver(): Promise<void> {
  const others = (await caches.keys()).filter((name) =>
    name.startsWith(`zaugnet ${scope} `) && !Object.values(NAMES).includes(name)
  );
  await Promise.all(others.map((name) => caches.delete(name)));
  await worker.clients.claim();
}

async function kept(name: string, url: string): Promise<Response> {
  const cache = await caches.open(name);
  const found = await cache.match(url);
  if (found) return found;
  const response = await fetch(url);
  if (response.ok) await cache.put(url, response.clone());
  return response;
}
