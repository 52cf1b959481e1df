import assert from "assert";
import type { Card } from "../../src/fleet/mod.ts";
import { tunedCards } from "../../src/files/tuning.ts";

const card: Card = {
  index: 0,
  name: "no such card",
  vendor: "nobody",
  architecture: "",
  type: "gpu",
  features: [],
  maxBufferSize: 0,
  maxBindingSize: 0,
  subgroupSize: 0,
  environment: {},
  device: "",
};

Deno.test("tunedCards() leaves workers of one card one card, and cards alike two", async () => {
  const { cards } = await tunedCards([card, card, { ...card }], "auto", () => {});
  assert.equal(cards[0], cards[1]);
  assert.notEqual(cards[0], cards[2]);
});
