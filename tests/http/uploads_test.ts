import assert from "assert";
import { createStackWriter, type StackOutput } from "../../src/core.ts";
import { shared } from "../support/shared.ts";
import { type Service, type ServicesWish, stackBytes, tiff, withService } from "./service.ts";

const stack = await stackBytes();
const PATH = "/predictions?model=plain";

/** Gives a test a connection to a service that listens, and its answer when it is all there. */
function withSocket(
  test: (service: Service, socket: Deno.TcpConn) => Promise<void>,
  wish: ServicesWish = {},
): Promise<void> {
  return withService(async (service) => {
    const options = { port: 0, hostname: "127.0.0.1", onListen: () => {} };
    const server = Deno.serve(options, (request, info) => service.app.fetch(request, { ...info }));
    const socket = await Deno.connect({ hostname: "127.0.0.1", port: server.addr.port });
    try {
      await test(service, socket);
    } finally {
      socket[Symbol.dispose]();
      await server.shutdown();
    }
  }, wish);
}

/** Writes all bytes, as a client that sends a body. */
async function send(socket: Deno.TcpConn, data: string | Uint8Array): Promise<void> {
  const bytes = typeof data === "string" ? new TextEncoder().encode(data) : data;
  for (let done = 0; done < bytes.length;) done += await socket.write(bytes.subarray(done));
}

function head(length: number, type = "image/tiff"): string {
  return `POST ${PATH} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n` +
    `Content-Type: ${type}\r\nContent-Length: ${length}\r\n\r\n`;
}

/** The status of the answer, which may come before all was sent. */
async function statusOf(socket: Deno.TcpConn): Promise<number> {
  const bytes = new Uint8Array(1000);
  const count = await socket.read(bytes) ?? 0;
  return Number(new TextDecoder().decode(bytes.subarray(0, count)).split(" ")[1]);
}

async function until(condition: () => Promise<boolean>): Promise<void> {
  while (!await condition()) await new Promise((resolve) => setTimeout(resolve, 5));
}

Deno.test("every hostile TIFF is refused with a sentence, leaves nothing, and the service goes on", () => {
  const folder = shared("tiffs");
  if (!folder) return;
  const names = [...Deno.readDirSync(folder)].map(({ name }) => name)
    .filter((name) => name.startsWith("bad_")).sort();
  assert.ok(names.length >= 16);
  return withService(async ({ ask, data }) => {
    for (const name of names) {
      const response = await ask("POST", PATH, tiff(await Deno.readFile(`${folder}/${name}`)));
      const { detail } = await response.json();
      assert.ok(response.status >= 400 && response.status < 500, `${name}: ${response.status}`);
      assert.match(detail, /^[A-Z].*[.]$/, name);
      assert.ok(!detail.includes(data.path) && !detail.includes(".partial"), detail);
    }
    assert.deepEqual(await data.jobIds(), []);
    assert.equal((await ask("POST", PATH, tiff(stack))).status, 202);
  });
});

Deno.test("a client that is gone in the middle of its upload leaves nothing", () =>
  withSocket(async ({ ask, data }, socket) => {
    await send(socket, head(stack.length));
    await send(socket, stack.subarray(0, stack.length / 2));
    await until(async () => (await data.jobIds()).length === 1);
    socket.close();
    await until(async () => (await data.jobIds()).length === 0);
    // Its place in the queue is free again.
    await until(async () => (await ask("POST", PATH, tiff(stack))).status === 202);
  }, { limits: { queueLength: 1 } }));

Deno.test("a client that is gone in the middle of a form leaves nothing", () =>
  withSocket(async ({ data }, socket) => {
    await send(socket, head(10_000, "multipart/form-data; boundary=x"));
    await send(socket, '--x\r\nContent-Disposition: form-data; name="stack"; filename="a"\r\n\r\n');
    await send(socket, stack.subarray(0, 1000));
    await until(async () => (await data.jobIds()).length === 1);
    socket.close();
    await until(async () => (await data.jobIds()).length === 0);
  }));

Deno.test("a client that sends nothing more is answered 408, and leaves nothing", () =>
  withSocket(async ({ data }, socket) => {
    await send(socket, head(stack.length));
    await send(socket, stack.subarray(0, stack.length / 2));
    assert.equal(await statusOf(socket), 408);
    assert.deepEqual(await data.jobIds(), []);
  }, { limits: { uploadIdleSeconds: 0.2 } }));

Deno.test("a form that is cut anywhere is a problem of the client", () =>
  withService(async ({ ask, data }) => {
    const form = new FormData();
    form.append("stack", new Blob([stack]));
    const whole = new Request("http://localhost", { method: "POST", body: form });
    const type = whole.headers.get("Content-Type")!;
    const bytes = await whole.bytes();
    for (let cut = 1; cut <= 20; cut++) {
      const body = bytes.subarray(0, Math.floor(bytes.length * cut / 21));
      const response = await ask("POST", PATH, { body, headers: { "Content-Type": type } });
      assert.equal(response.status, 400, `${body.length} of ${bytes.length} bytes`);
      assert.equal((await response.json()).type, "malformed-request");
    }
    assert.deepEqual(await data.jobIds(), []);
  }));

Deno.test("a body of a byte now and then is answered 408, however long it goes on", () =>
  withSocket(async ({ data }, socket) => {
    await send(socket, head(stack.length));
    let status: number | undefined;
    const answer = statusOf(socket).then((found) => status = found);
    while (status === undefined) {
      await send(socket, "x");
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    assert.equal(await answer, 408);
    assert.deepEqual(await data.jobIds(), []);
  }, { limits: { uploadIdleSeconds: 0.3 } }));

Deno.test("a refusal tells that the connection is over, where a body was to come", () =>
  withService(async ({ ask }) => {
    const refused = await ask("POST", "/predictions?model=none", tiff(stack));
    assert.deepEqual([refused.status, refused.headers.get("Connection")], [422, "close"]);
    assert.equal((await ask("GET", "/models/none")).headers.get("Connection"), null);
  }));

Deno.test("a body that is larger than the limit is refused before it comes", () =>
  withSocket(async ({ data }, socket) => {
    await send(socket, head(2e6));
    assert.equal(await statusOf(socket), 413);
    assert.deepEqual(await data.jobIds(), []);
  }));

Deno.test("a body of unknown length is cut off at the limit", () =>
  withService(async ({ json, data }) => {
    const body = ReadableStream.from([stack, stack]);
    await json(413, "POST", PATH, tiff(body));
    await json(413, "POST", PATH, { body: new Uint8Array(2e6) });
    assert.deepEqual(await data.jobIds(), []);
  }, { limits: { bodyBytes: stack.length + 1 } }));

Deno.test("a stack of more samples than allowed is refused, and a result, too", () =>
  withService(async ({ json, data }) => {
    assert.match((await json(413, "POST", PATH, tiff(stack))).detail, /result .* 7680 samples/);
    const larger = await stackBytes({ sizes: { z: 6 } });
    assert.match((await json(413, "POST", PATH, tiff(larger))).detail, /stack has 9216 samples/);
    assert.deepEqual(await data.jobIds(), []);
  }, { limits: { samples: 6000 }, samples: 8000 }));

/** A stack of 8 bit as it would be sent: its parts, and how many bytes they are. */
function sentStack(z: number, side: number) {
  const output: StackOutput = {
    format: "imagej",
    sampleType: "uint8",
    voxelSize: { unit: "" },
    sizes: { t: 1, c: 1, z, y: side, x: side },
  };
  const slice = new Uint8Array(side * side);
  return {
    bytes: createStackWriter({ write: () => Promise.resolve() }, output).bytes,
    async sendTo(socket: Deno.TcpConn) {
      const writer = createStackWriter({ write: (part) => send(socket, part) }, output);
      for (let i = 0; i < z; i++) await writer.writeSlice(slice);
    },
  };
}

for (const form of ["a body", "a form"]) {
  Deno.test(`an upload of 256 MB as ${form} takes far less memory`, () =>
    withSocket(async ({ ask, data }, socket) => {
      // The thread that reads stacks takes its own memory first.
      const { id: first } = await (await ask("POST", PATH, tiff(stack))).json();
      const large = sentStack(256, 1000);
      let most = 0;
      const before = Deno.memoryUsage().rss;
      const timer = setInterval(() => most = Math.max(most, Deno.memoryUsage().rss), 10);
      if (form === "a body") {
        await send(socket, head(large.bytes));
        await large.sendTo(socket);
      } else {
        const start = '--x\r\nContent-Disposition: form-data; name="s"; filename="a"\r\n\r\n';
        const end = "\r\n--x--\r\n";
        const length = start.length + large.bytes + end.length;
        await send(socket, head(length, "multipart/form-data; boundary=x") + start);
        await large.sendTo(socket);
        await send(socket, end);
      }
      assert.equal(await statusOf(socket), 202);
      clearInterval(timer);
      const id = (await data.jobIds()).find((id) => id !== first)!;
      assert.equal((await Deno.stat(data.job(id).input(1))).size, large.bytes);
      assert.ok(most - before < 192e6, `${(most - before) / 1e6} MB more`);
    }, { limits: { bodyBytes: 1e9, samples: 1e9 }, samples: 1e9 }));
}
