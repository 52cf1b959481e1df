import assert from "assert";
import { decode } from "fast-png";
import type { Variant } from "../../src/zaugnet/generator.ts";
import { inTemporaryFolder, runCli } from "../support/cli.ts";
import { formulaModelFile } from "../support/formula_model.ts";
import { shared } from "../support/shared.ts";
import { type StackWish, writeStack } from "../support/stacks.ts";

const MODELS: Readonly<Record<Variant, string>> = {
  zaugnet: formulaModelFile("zaugnet"),
  "zaugnet+": formulaModelFile("zaugnet+"),
};

/** A folder with stacks in it, and a run of `evaluate` with an untrained model. */
function withStacks(
  variant: Variant,
  stacks: Readonly<Record<string, StackWish>>,
  test: (folder: string, run: (...args: string[]) => ReturnType<typeof runCli>) => Promise<void>,
): Promise<void> {
  return inTemporaryFolder(async (folder) => {
    for (const [name, wish] of Object.entries(stacks)) await writeStack(`${folder}/${name}`, wish);
    await test(folder, (...args) => runCli("evaluate", ...args, "--model", MODELS[variant]));
  });
}

Deno.test("evaluate prints a table, and writes scores and a picture", () =>
  withStacks("zaugnet", { "a.tif": { sizes: { z: 8, c: 2 } } }, async (folder, run) => {
    const [csv, png] = [`${folder}/scores.csv`, `${folder}/views.png`];
    const result = await run(`${folder}/a.tif`, "--csv", csv, "--picture", png);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^a\.tif: factor 2, slices 1 to 7 \(generated and scored: 6\);/);
    for (const method of ["nearest", "linear", "cubic", "adaptive", "flow", "ZAugNet"]) {
      assert.match(result.stdout, new RegExp(`^${method} +\\d+\\.\\d\\d +\\d+\\.\\d\\d `, "m"));
    }
    assert.match(result.stdout, /^ZAugNet: -\d+\.\d\d dB against the better of linear and cubic$/m);
    assert.match(result.stderr, /a\.tif: slice 8 \(1\) fill no whole gap of factor 2/);

    const lines = (await Deno.readTextFile(csv)).trimEnd().split("\n");
    assert.equal(lines[0], "stack,factor,t,c,z,method,rmse,psnr,ssim,ssim_gaussian,bias,texture");
    assert.equal(lines.length, 1 + 6 * 6);
    assert.match(lines[1], /^"a\.tif",2,1,1,2,nearest,[\d.]+,/);
    const { width, height } = decode(await Deno.readFile(png));
    assert.ok(width > 4 * 240 && height > 160, `${width} x ${height}`);
  }));

Deno.test("evaluate of several stacks gives means with 95 % intervals as JSON", () =>
  withStacks("zaugnet+", {
    "a.tif": { sizes: { z: 7 } },
    "b.tif": { sizes: { z: 4 }, sampleType: "uint16" },
  }, async (folder, run) => {
    const result = await run(`${folder}/a.tif`, `${folder}/b.tif`, "--factor", "3", "--json");
    assert.equal(result.code, 0, result.stderr);
    const { variant, stacks, summary } = JSON.parse(result.stdout);
    assert.equal(variant, "zaugnet+");
    assert.deepEqual(stacks.map(({ generated }: { generated: number }) => generated), [4, 2]);
    const [a, b] = stacks.map(({ scores }: { scores: Record<string, { psnr: number }> }) =>
      scores.linear.psnr
    );
    const { mean, margin } = summary.linear.psnr;
    assert.ok(Math.abs(mean - (a + b) / 2) < 1e-9);
    assert.ok(Math.abs(margin - 12.7062 * Math.abs(a - b) / 2) < 1e-3);
    assert.equal(stacks[1].scores.linear.ssimXz, null, "four slices hold no window of seven");
  }));

Deno.test("evaluate of several stacks prints the mean gain, and a picture of each stack", () =>
  withStacks("zaugnet", {
    "a.tif": { sizes: { z: 3 } },
    "b.tif": { sizes: { z: 5 } },
  }, async (folder, run) => {
    const result = await run(folder, "--picture", `${folder}/views.png`);
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /^Mean over 2 stacks ± half of its 95 % interval/m);
    assert.match(result.stdout, /^ZAugNet: -[\d.]+ ± [\d.]+ dB against .* stack by stack$/m);
    for (const name of ["a", "b"]) decode(await Deno.readFile(`${folder}/views_${name}.png`));
  }));

Deno.test("evaluate goes on after a stack that cannot be scored, and ends with code 2", () =>
  withStacks("zaugnet", {
    "a.tif": { sizes: { z: 2 } },
    "b.tif": { sizes: { z: 3 } },
  }, async (folder, run) => {
    const result = await run(folder);
    assert.equal(result.code, 2);
    assert.match(result.stderr, /a\.tif has 2 slices; --factor 2 needs at least 3/);
    assert.match(result.stdout, /^b\.tif: factor 2/);
  }));

for (
  const { what, args, message } of [
    {
      what: "too few slices for the factor",
      args: ["--factor", "8"],
      message: "error: a.tif has 5 slices; --factor 8 needs at least 9: one before, 7 dropped, " +
        "one after.\n",
    },
    {
      what: "factor 3 with ZAugNet",
      args: ["--factor", "3"],
      message: "error: --factor 3 needs a ZAugNet+ model; this one is ZAugNet, which halves " +
        "every gap: it can do --factor 4.\n",
    },
    {
      what: "slices that the stack does not have",
      args: ["--slices", "2..9"],
      message: "error: --slices 2..9 must lie within the slices 1..5 of a.tif, the lower first.\n",
    },
    {
      what: "a picture that is not PNG",
      args: ["--picture", "views.jpg"],
      message: "error: Pictures are written as PNG only: views.jpg must end in .png.\n",
    },
    {
      what: "a report that is not HTML",
      args: ["--report", "report.pdf"],
      message: "error: Reports are written as HTML: report.pdf must end in .html.\n",
    },
    {
      what: "FID without Inception's weights",
      args: ["--fid"],
      message: "error: --fid needs --inception FILE, the weights of Inception-v3 as torchvision " +
        "or pytorch-fid have them; nothing is downloaded.\n",
    },
    {
      what: "a compared stack without a name",
      args: ["--compare", "other.tif"],
      message: "It must be a name (a letter first) and a stack: cafi=FILE.",
    },
    {
      what: "a compared stack by a name that is taken",
      args: ["--compare", "flow=a.tif"],
      message: 'The name "flow" is taken; choose another.',
    },
    {
      what: "a block that is not a block",
      args: ["--slices", "2-9"],
      message: "It must be two slices, counted from 1, both included: A..B, A.. or ..B.",
    },
  ]
) {
  Deno.test(`evaluate refuses ${what} in one sentence`, () =>
    withStacks("zaugnet", { "a.tif": { sizes: { z: 5 } } }, async (folder, run) => {
      const result = await run(`${folder}/a.tif`, ...args);
      assert.equal(result.code, 2, result.stderr);
      assert.ok(result.stderr.includes(message), result.stderr);
      assert.equal(result.stdout, "");
    }));
}

Deno.test("evaluate scores other programs' stacks in the same table, and leaves flow out if asked", () =>
  withStacks("zaugnet", {
    "a.tif": { sizes: { z: 5 } },
    "cafi.tif": { sizes: { z: 5 } },
    "rife.tif": { sizes: { z: 5 }, sampleType: "float32" },
  }, async (folder, run) => {
    const compare = ["cafi", "rife"].flatMap((name) => [
      ...["--compare", `${name}=${folder}/${name}.tif`],
    ]);
    const result = await run(`${folder}/a.tif`, ...compare, "--no-flow", "--json");
    assert.equal(result.code, 0, result.stderr);
    const [{ scores }] = JSON.parse(result.stdout).stacks;
    assert.deepEqual(Object.keys(scores), [
      ...["nearest", "linear", "cubic", "adaptive", "cafi", "rife", "network"],
    ]);
    assert.equal(scores.cafi.rmse, 0, "it is the truth itself");
    assert.ok(scores.rife.bias < -50, "float32 samples of 0.4 are nearly black");
  }));

Deno.test("evaluate --report writes one page with the digests of the stack and the model", () =>
  withStacks("zaugnet", { "a.tif": { sizes: { z: 5 } } }, async (folder, run) => {
    const path = `${folder}/report.html`;
    const result = await run(`${folder}/a.tif`, "--no-flow", "--report", path);
    assert.equal(result.code, 0, result.stderr);
    const page = await Deno.readTextFile(path);
    const { sha256 } = JSON.parse((await runCli("info", `${folder}/a.tif`, "--json")).stdout);
    assert.match(sha256, /^[0-9a-f]{64}$/);
    assert.ok(page.includes(sha256));
    const model = new Uint8Array(
      await crypto.subtle.digest("SHA-256", await Deno.readFile(MODELS.zaugnet)),
    );
    assert.ok(page.includes(model.toHex()));
    assert.match(page, /<h2>a\.tif<\/h2>/);
  }));

Deno.test("evaluate --uncertainty says how well the spread predicts the error", () =>
  withStacks("zaugnet", { "a.tif": { sizes: { z: 3, y: 16, x: 16 } } }, async (folder, run) => {
    const result = await run(`${folder}/a.tif`, "--uncertainty", "--no-flow");
    assert.equal(result.code, 0, result.stderr);
    assert.match(result.stdout, /rank correlation -?\d\.\d{3} over 256 samples, – over slices/);
    assert.match(result.stdout, /^90-100 % +\d+\.\d\d +\d+\.\d\d +\d+ % +\d+ %$/m);
  }));

Deno.test("evaluate --help says what it does", async () => {
  const { code, stdout } = await runCli("evaluate", "--help");
  assert.equal(code, 0);
  assert.match(stdout, /beside nearest, linear and cubic interpolation/);
});

const reference = shared("model/reference.pt");
for (
  // The last 15 % of each stack, as ../shared/model/README.md scores PyTorch's predictions.
  const { name, slices, psnr, bias } of [
    {
      name: "golgi_16bit",
      slices: "22..25",
      bias: -0.22,
      psnr: { nearest: 41.35, linear: 51.27, cubic: 51.27, network: 50.35 },
    },
    {
      name: "neuropil_fly_brain",
      slices: "43..50",
      bias: 0.11,
      psnr: { nearest: 26.02, linear: 30.42, cubic: 30.55, network: 31.31 },
    },
  ]
) {
  const stack = shared(`data/${name}.tif`);
  Deno.test({
    name: `evaluate gives the scores of PyTorch's predictions of ${name}`,
    ignore: !reference || !stack,
    async fn() {
      const result = await runCli(
        ...["evaluate", stack!, "--model", reference!, "--slices", slices, "--json"],
        ...["--normalization", "stack", "--no-flow"],
      );
      assert.equal(result.code, 0, result.stderr);
      const [{ scores }] = JSON.parse(result.stdout).stacks;
      for (const [method, expected] of Object.entries(psnr)) {
        const off = Math.abs(scores[method].psnr - expected);
        assert.ok(off <= 0.01, `${method}: ${scores[method].psnr} dB, expected ${expected}`);
      }
      assert.ok(Math.abs(scores.network.bias - bias) <= 0.01, `bias ${scores.network.bias}`);
    },
  });
}
