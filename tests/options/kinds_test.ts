import assert from "assert";
import { InputError } from "../../src/errors.ts";
import { choice, count, type Kind, nonNegative, number } from "../../src/options/kinds.ts";
import * as special from "../../src/options/special_kinds.ts";
import * as stack from "../../src/options/stack_kinds.ts";

const refuses = <T>({ parse }: Kind<T>, text: string, message?: string) =>
  assert.throws(() => parse(text), message === undefined ? InputError : { message });

Deno.test("numbers are held to their bounds, which the sentence tells", () => {
  const patch = number({ whole: true, least: 64, most: 1024, multipleOf: 16 });
  assert.deepEqual([patch.parse("64"), patch.parse("1024")], [64, 1024]);
  for (const text of ["48", "1040", "100", "", "64.5", "Infinity"]) {
    refuses(patch, text, "It must be a multiple of 16 from 64 to 1024.");
  }
  refuses(count, "1.5", "It must be a whole number of at least 1.");
  assert.equal(nonNegative.parse("0"), 0);
  refuses(nonNegative, "-1", "It must be a number of at least 0.");
  refuses(number({ above: 0, below: 1 }), "1", "It must be a number between 0 and 1.");
});

Deno.test("choices of numbers are read from their texts", () => {
  assert.equal(choice("n", [6, 26]).parse("26"), 26);
  refuses(choice("n", [6, 26]), "27", "It must be one of 6, 26.");
});

Deno.test("sizes have binary units, and are written as they are read", () => {
  const { parse } = special.size;
  assert.deepEqual(["2G", "1500MB", "800 MiB", "7"].map(parse), [
    ...[2 * 2 ** 30, 1500 * 2 ** 20, 800 * 2 ** 20, 7],
  ]);
  assert.deepEqual([2 ** 31, 1536 * 2 ** 20, 7].map(special.sizeText), ["2G", "1536M", "7"]);
  for (const text of ["", "0", "G", "1..2G", "4T"]) refuses(special.size, text);
});

Deno.test("what a kind read from a text, it reads again from JSON", () => {
  const texts: [Kind<unknown>, string][] = [
    [special.range, "0,4095"],
    [special.spacing, "isotropic"],
    [special.spacing, "0.25"],
    [special.augmentations, "flips,swap"],
    [special.repair, "3,7-9"],
    [special.shard, "1/4"],
    [special.sliceRun, "48.."],
    [special.comparedStacks, "cafi=a.tif"],
  ];
  for (const [kind, text] of texts) {
    const value = kind.parse(text);
    assert.deepEqual(kind.read(value), value, text);
    assert.equal(
      JSON.stringify(kind.read(JSON.parse(JSON.stringify(value)))),
      JSON.stringify(value),
    );
  }
});

Deno.test("what is not a value of a kind is refused", () => {
  const wrong: [Kind<unknown>, string][] = [
    [special.range, "9,0"],
    [special.range, "0,1,2"],
    [special.spacing, "0"],
    [special.augmentations, "everything"],
    [special.shard, "4/4"],
    [special.sliceRun, ".."],
    [stack.voxelSize, "1,1"],
    [stack.voxelSize, "1,1,0"],
    [stack.voxelSize, "1,1,1,parsec"],
    [stack.axes, "ZYXQ"],
    [stack.axes, "ZZYX"],
    [stack.sizes, "C=0"],
    [stack.sizes, "C=2,C=3"],
    [stack.sizes, "Q=2"],
    [stack.some, "0"],
    [stack.some, "3-1"],
    [special.comparedStacks, "flow=a.tif"],
  ];
  for (const [kind, text] of wrong) refuses(kind, text);
});
