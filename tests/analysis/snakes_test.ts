import assert from "assert";
import { readFilamentsJson, readSnakes } from "../../src/analysis/snakes.ts";

/** As SOAX's SaveSnakes writes it: parameters, columns, snakes, junctions. */
const SOAX = `image\t/data/actin.mha
intensity-scaling\t0.0039
init-z\ttrue

s           p           x           y           z      fg_int      bg_int
#1
0           0      10.5       20.25         3       110.2          31
0           1        11       21.5        3.5       120.1          30
#0
1           0        40         40          5       101.0          28
1           1        44         40          5       101.0          28
1           2        44         43        5.0       101.0          28
#1
2           0       1e1         40          5       101.0          28
[11, 21.5, 3.5]
[44, 40, 5]
`;

Deno.test("snakes of SOAX are read with their coordinates, open or closed", () => {
  assert.deepEqual(readSnakes(SOAX, "a.txt"), [
    { points: [[10.5, 20.25, 3], [11, 21.5, 3.5]], closed: false },
    { points: [[40, 40, 5], [44, 40, 5], [44, 43, 5]], closed: true },
  ]);
});

Deno.test("snakes of JFilament are read, which have a line 0 below a bare #", () => {
  const text = "gamma\t2\nzresolution\t1.0\n#\n0\n0\t0\t1\t2\t3\n0\t1\t2\t2\t3\n";
  assert.deepEqual(readSnakes(text, "j.txt"), [{ points: [[1, 2, 3], [2, 2, 3]], closed: false }]);
});

Deno.test("snakes of TSOAX are read where they are of one frame, in two dimensions, too", () => {
  const snakes = "dimension\t2\n#1\n7 0 1 2 150.0\n7 1 4 6 150.0\n";
  assert.deepEqual(readSnakes(`${snakes}$frame 0\nTracks\n7\n`, "t.txt"), [
    { points: [[1, 2, 0], [4, 6, 0]], closed: false },
  ]);
  assert.throws(() => readSnakes(`${snakes}$frame 0\n#1\n8 0 1 2 9\n8 1 4 6 9\n`, "t.txt"), {
    name: "InputError",
    message: "t.txt holds the snakes of several frames; save each frame by itself.",
  });
});

Deno.test("a file of SOAX without a snake has none", () => {
  assert.deepEqual(readSnakes("image\t/data/empty.mha\nalpha\t0.01\n", "e.txt"), []);
});

for (
  const [what, text, message] of [
    ["an empty file", "", "f.txt, line 1: there is no snake and no header"],
    ["a cut line", "#1\n0 0 1 2\n", 'f.txt, line 2: "0 0 1 2" is not a point "snake index x y z"'],
    ["a coordinate nan", "#1\n0 0 1 2 nan\n", 'f.txt, line 2: "0 0 1 2 nan" is not a point'],
    ["points without a snake", "0 0 1 2 3\n", "f.txt, line 1: a point stands before the first"],
  ]
) {
  Deno.test(`${what} is refused as snakes, with the line`, () => {
    assert.throws(() => readSnakes(text, "f.txt"), (error: Error) => {
      assert.equal(error.name, "InputError");
      assert.ok(error.message.startsWith(message), error.message);
      return /; it must be a file of snakes from SOAX\.$/.test(error.message);
    });
  });
}

Deno.test("filaments are read from JSON", () => {
  assert.deepEqual(readFilamentsJson('{"filaments": [[[0, 1, 2], [3, 4, 5.5]]]}', "a.json"), [
    { points: [[0, 1, 2], [3, 4, 5.5]], closed: false },
  ]);
});

for (
  const [what, text, message] of [
    ["no JSON", "{", "a.json: it is not JSON ("],
    ["other JSON", '{"snakes": []}', "a.json: it has no list of filaments;"],
    [
      "a filament of one point",
      '{"filaments": [[[0, 0, 0]]]}',
      "a.json: filament 0 is not a list of",
    ],
    [
      "a point of two numbers",
      '{"filaments": [[[0, 0, 0], [1, 1]]]}',
      "a.json: point 1 of filament 0 is not three numbers;",
    ],
  ]
) {
  Deno.test(`${what} is refused as filaments`, () => {
    assert.throws(() => readFilamentsJson(text, "a.json"), (error: Error) => {
      assert.ok(error.name === "InputError" && error.message.startsWith(message), error.message);
      return true;
    });
  });
}
