import assert from "assert";
import { shared } from "../support/shared.ts";
import { type Service, tiff, withService } from "./service.ts";

/** Sends what is hostile and asks for health at once; answers the status, which must come last. */
async function outlived(
  { ask }: Service,
  method: string,
  path: string,
  init: RequestInit,
): Promise<number> {
  const order: string[] = [];
  const sent = ask(method, path, init).then((response) => {
    order.push("answer");
    return response;
  });
  // Until the request is under way, and then while it is.
  for (let i = 0; i < 5; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1));
    assert.equal((await ask("GET", "/health/live")).status, 200);
    order.push("health");
  }
  const { status } = await sent;
  assert.deepEqual(order, [...Array(5).fill("health"), "answer"], "health is answered first");
  return status;
}

/** A file of the hostile corpus; undefined where there is none. */
function hostile(name: string): Uint8Array<ArrayBuffer> | undefined {
  const folder = shared("cases/hostile");
  return folder === undefined ? undefined : Deno.readFileSync(`${folder}/${name}`);
}

Deno.test("directories that overlap are refused beside the thread that serves", () => {
  const bytes = hostile("quad_ifd_20000.tif");
  if (!bytes) return;
  return withService(async (service) => {
    assert.equal(await outlived(service, "POST", "/predictions?model=plain", tiff(bytes)), 422);
    assert.deepEqual(await service.data.jobIds(), []);
  }, { limits: { bodyBytes: 1e7 } });
});

Deno.test("a pickle that grows without end is refused beside the thread that serves", () => {
  const bytes = hostile("od_mem.pt");
  if (!bytes) return;
  return withService(async (service) => {
    assert.equal(await outlived(service, "PUT", "/models/m", { body: bytes }), 422);
    assert.deepEqual([...Deno.readDirSync(service.data.models)].map(({ name }) => name).sort(), [
      "plain.safetensors",
      "plus.safetensors",
    ]);
  });
});

Deno.test("a request with a million faults is refused at the first", () =>
  withService(async (service) => {
    const body = `{"inputs":[${"{},".repeat(1e6)}{}]}`;
    assert.equal(await outlived(service, "POST", "/v2/models/plain/infer", { body }), 422);
  }, { limits: { bodyBytes: 1e7, slicePixels: 1e6 } }));

Deno.test("JSON that is nested a million times is refused beside the thread that serves", () =>
  withService(async (service) => {
    const body = "[".repeat(1e6) + "]".repeat(1e6);
    assert.equal(await outlived(service, "POST", "/v2/models/plain/infer", { body }), 422);
  }, { limits: { bodyBytes: 1e7, slicePixels: 1e6 } }));
