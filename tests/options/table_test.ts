import { kebabCase } from "../../src/core.ts";
import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { choice, count, numbers, toggle } from "../../src/options/kinds.ts";
import {
  both,
  type Options,
  queryOf,
  readOptions,
  requireNoConflict,
} from "../../src/options/table.ts";

const TABLE = {
  parts: { ...both(count), help: "parts", default: 2 },
  distances: { ...both(numbers), help: "distances", conflicts: ["isEven"] },
  isEven: { http: toggle, help: "even" },
  kind: { ...both(choice("kind", ["a", "b"])), help: "kind", required: "Name a kind." },
  file: { cli: numbers, help: "of the command line alone" },
} as const satisfies Options;

const read = (values: Record<string, unknown>) => readOptions(TABLE, "http", values);

Deno.test("options that were JSON are read by their kinds, and defaults are added", () => {
  const values = { kind: "a", distances: [0.25, 0.5], isEven: false };
  assert.deepEqual(read(values), { ...values, parts: 2 });
});

for (
  const [what, values, sentence] of [
    ["a text for a number", { kind: "a", parts: "3" }, "parts: It must be a whole number of at"],
    ["a number beyond the bounds", { kind: "a", parts: 0 }, "parts: It must be a whole number"],
    ["a list with a text", { kind: "a", distances: [1, "2"] }, "distances: It must be numbers"],
    ["a value that is not a choice", { kind: "c" }, "kind: It must be one of a, b."],
    ["a name that is not an option", { kind: "a", part: 1 }, "There is no option part."],
    ["an option of another face", { kind: "a", file: [1] }, "There is no option file."],
    ["nothing for what is required", {}, "kind is missing."],
  ] as const
) {
  Deno.test(`options with ${what} are refused by name`, () => {
    assert.throws(() => read(values), (error: Error) => {
      assert.ok(error instanceof InputError && error.message.startsWith(sentence), error.message);
      return true;
    });
  });
}

Deno.test("two options that exclude each other are refused; one that is false is not given", () => {
  const both = { message: "Give either distances or isEven, not both." };
  assert.throws(() => requireNoConflict(TABLE, { distances: [1], isEven: true }), both);
  requireNoConflict(TABLE, { distances: [1], isEven: false });
});

Deno.test("a query names options as flags are named, and leaves out what a service does not offer", () => {
  const query = queryOf(TABLE, { distances: [0.25, 0.5], isEven: true, file: [1] });
  assert.equal(query.toString(), "distances=0.25%2C0.5&is-even=true");
  assert.deepEqual(["learningRate", "lMax", "labels3d", "f16"].map(kebabCase), [
    ...["learning-rate", "l-max", "labels3d", "f16"],
  ]);
});
