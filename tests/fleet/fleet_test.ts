import assert from "assert";
import type { SliceRequest } from "../../src/core.ts";
import { fleetCards, listCards } from "../../src/fleet/mod.ts";
import { RemoteInterpolator } from "../../src/fleet/remote_interpolator.ts";
import { SharedQueue } from "../../src/fleet/shared_queue.ts";
import type { WorkerCalls } from "../../src/workers/worker_calls.ts";
import { settleDriver } from "../../src/files/choose_adapter.ts";
import { Formula } from "../support/formula.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { withSwiftShader } from "../support/swiftshader.ts";

settleDriver();
const model = { bytes: await Deno.readFile(formulaModelFile("zaugnet")), name: "formula" };
const SIDE = 32;

function request(i: number): SliceRequest {
  const image = (name: string) => new Formula(i).image(name, [1, 1, SIDE, SIDE]);
  return { before: image("before"), after: image("after"), dpm: 0.5 };
}

/** Opens workers for cards, and closes them after the test. */
async function withWorkers(
  wanted: readonly string[],
  test: (workers: readonly RemoteInterpolator[]) => Promise<void>,
): Promise<void> {
  const cards = (await Promise.all(wanted.map((name) => fleetCards(name)))).flat();
  const workers = await Promise.all(cards.map((card) => RemoteInterpolator.open(card, model)));
  try {
    await test(workers);
  } finally {
    await Promise.all(workers.map((worker) => worker.close()));
  }
}

Deno.test("a worker that ends mid-run loses nothing: its batches are done by the other", () =>
  withWorkers(["llvmpipe", "llvmpipe"], async ([first, second]) => {
    const alone = await Promise.all(
      [0, 1, 2, 3, 4, 5].map((i) => second.interpolate([request(i)], SIDE, SIDE)),
    );
    const said: string[] = [];
    const queue = new SharedQueue([first, second], (message) => said.push(message));
    const answers = [0, 1, 2, 3, 4, 5].map((i) => queue.interpolate([request(i)], SIDE, SIDE));
    const { worker } = first as unknown as { worker: WorkerCalls<{ unknown(): void }> };
    await assert.rejects(worker.call("unknown"), { name: "WorkerLostError" });
    assert.deepEqual(await Promise.all(answers), alone);
    assert.equal(said.length, 1);
    assert.match(
      said[0],
      /^The adapter llvmpipe .* was lost, and its batches go to others: 1 goes/,
    );
    await assert.rejects(first.interpolate([request(0)], SIDE, SIDE), { name: "WorkerLostError" });
  }));

Deno.test("a worker says what was wrong with a model, and ends", async () => {
  const [card] = await fleetCards("llvmpipe");
  const broken = { bytes: new Uint8Array(8), name: "broken.pt" };
  await assert.rejects(RemoteInterpolator.open(card, broken), /broken\.pt/);
});

withSwiftShader(
  "lavapipe and SwiftShader compute at once, and agree to a grey level",
  () =>
    withWorkers(["llvmpipe", "SwiftShader"], async (workers) => {
      assert.deepEqual(workers.map(({ adapters: [{ name }] }) => name.split(" ")[0]), [
        ...["llvmpipe", "SwiftShader"],
      ]);
      const [one, other] = await Promise.all(
        workers.map((worker) => worker.interpolate([request(0)], SIDE, SIDE)),
      );
      const differences = one[0].map((value, i) => Math.abs(value - other[0][i]));
      assert.ok(Math.max(...differences) < 1 / 255);
    }),
);

withSwiftShader(
  "each of two drivers' adapters is listed once, by a driver that shows it",
  async () => {
    const cards = await listCards();
    const found = cards.filter(({ name }) => /llvmpipe|SwiftShader/.test(name));
    assert.equal(found.length, 2);
    for (const { name, environment: { VK_DRIVER_FILES } } of found) {
      assert.match(VK_DRIVER_FILES, name.startsWith("llvmpipe") ? /lvp/ : /swiftshader/);
    }
  },
);
