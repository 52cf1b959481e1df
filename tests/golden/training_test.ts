import assert from "assert";
import { scope } from "../../src/autograd/scope.ts";
import type { Shape } from "../../src/autograd/shape.ts";
import { Tensor } from "../../src/autograd/tensor.ts";
import { Adam } from "../../src/nn/adam.ts";
import { Parameters } from "../../src/nn/module.ts";
import { criticLosses, generatorLosses } from "../../src/training/losses.ts";
import { sumOfSquares } from "../../src/autograd/ops/reduce_kernel.ts";
import { backpropagate, type Pass, readScalars } from "../../src/training/step.ts";
import { critic } from "../../src/zaugnet/critic.ts";
import { generator, type TrainingOutput } from "../../src/zaugnet/generator.ts";
import { openTestDevice } from "../support/device.ts";
import { Formula } from "../support/formula.ts";
import { golden, type GoldenFile, readGolden } from "../support/shared.ts";

const SIDE = 256;
const PLANES: Shape = [2, 1, SIDE, SIDE];

/** Circular shift by `pixels` down and to the left, plane by plane: out[y] = in[y - pixels]. */
function roll(image: Float32Array, pixels: number): Float32Array {
  const wrap = (i: number) => (i + SIDE) % SIDE;
  return image.map((_, i) => {
    const plane = Math.floor(i / SIDE ** 2) * SIDE ** 2;
    const y = Math.floor(i / SIDE) % SIDE;
    const x = i % SIDE;
    return image[plane + wrap(y - pixels) * SIDE + wrap(x + pixels)];
  });
}

/** The elements that the golden file keeps of a tensor. */
function sample(values: Float32Array): number[] {
  const n = values.length;
  if (n <= 64) return [...values];
  return Array.from({ length: 64 }, (_, i) => values[Math.floor(i * (n - 1) / 63)]);
}

/**
 * What a number of the golden file may be instead. Rounding decides between two: the file and this
 * engine on a GPU come to one, PyTorch 1.13 in float32 and float64 and this engine in software to
 * the other (docs/numerics.md). It stands for the file of seed 0 only.
 */
const OR_ELSE: ReadonlyMap<string, number> = new Map([["0 zaugnet+ i2_adv", 1.834369]]);

/**
 * Of a tensor's largest gradient. Adam's first step has full length whatever a gradient's size, so
 * where that is smaller, rounding decides on the step: PyTorch 1.13 in float32 is itself over the
 * bound there (docs/numerics.md).
 */
const NOISE = 5e-5;

class Checker {
  readonly #variant: string;
  readonly #file: GoldenFile;
  readonly #i: number;
  readonly #noise: Map<string, ReadonlySet<number>>;

  /** `noise`: sampled parameters whose first gradient was noise, by network and name. */
  constructor(
    variant: string,
    file: GoldenFile,
    i: number,
    noise: Map<string, ReadonlySet<number>>,
  ) {
    this.#variant = variant;
    this.#file = file;
    this.#i = i;
    this.#noise = noise;
  }

  get #early(): boolean {
    return this.#i === 0;
  }

  get #learningRate(): number {
    return Number(this.#file.metadata.lr);
  }

  async losses(pass: Pass, names: Readonly<Record<string, string>>): Promise<void> {
    const tensors = Object.keys(names).map((key) => (pass.losses as Record<string, Tensor>)[key]);
    const values = await readScalars(tensors);
    Object.values(names).forEach((name, k) => {
      const row = `${this.#variant} i${this.#i}_${name}`;
      const expected = this.#file.values[`i${this.#i}_${name}`].data[0];
      const allowed = (this.#early ? 1e-4 : 1e-3) * Math.max(1, Math.abs(expected));
      const agrees = (other: number | undefined) =>
        other !== undefined && Math.abs(values[k] - other) <= allowed;
      if (agrees(expected)) return;
      assert.ok(
        agrees(OR_ELSE.get(`${this.#file.seed} ${row}`)),
        `i${this.#i} ${name} is ${values[k]}, expected ${expected}`,
      );
      console.warn(`KNOWN GAP: ${row} is PyTorch's in float64, not its row's`);
    });
    for (const tensor of Object.values(pass.losses)) (tensor as Tensor | undefined)?.dispose();
  }

  async gradients(pass: Pass, parameters: Parameters, net: "d" | "g"): Promise<void> {
    for (const [k, [name]] of parameters.entries().entries()) {
      const expected = this.#file.values[`i${this.#i}_${net}grad_norm/${name}`].data[0];
      const g = pass.gradients[k];
      assert.ok(g, `${name} has a gradient`);
      const key = `${net} ${name}`;
      if (!this.#noise.has(key)) this.#noise.set(key, await noiseIn(g));
      const square = sumOfSquares([g]);
      const norm = Math.sqrt((await square.read())[0]);
      square.dispose();
      const allowed = (this.#early ? 2e-3 : 5e-3) * expected;
      const error = Math.abs(norm - expected);
      assert.ok(error <= allowed, `i${this.#i} norm of ${name} is ${norm}, expected ${expected}`);
    }
  }

  async parameters(parameters: Parameters, net: "d" | "g"): Promise<void> {
    for (const [name, tensor] of parameters.entries()) {
      const expected = this.#file.values[`i${this.#i}_${net}/${name}`].data;
      const noise = this.#noise.get(`${net} ${name}`)!;
      sample(await tensor.read()).forEach((value, k) => {
        const error = Math.abs(value - expected[k]);
        const allowed = noise.has(k) ? this.#learningRate : 2e-5;
        assert.ok(
          error <= allowed,
          `i${this.#i} ${name}[${k}] is ${value}, expected ${expected[k]}`,
        );
      });
    }
  }
}

/** Which of a gradient's sampled elements are noise. */
async function noiseIn(g: Tensor): Promise<ReadonlySet<number>> {
  const values = await g.read();
  const largest = values.reduce((most, value) => Math.max(most, Math.abs(value)), 0);
  const small = (value: number) => value !== 0 && Math.abs(value) < NOISE * largest;
  return new Set(sample(values).flatMap((value, k) => small(value) ? [k] : []));
}

for (const variant of ["zaugnet", "zaugnet+"] as const) {
  const path = golden(`training/${variant.replace("+", "_plus")}.safetensors`);
  Deno.test({
    name: `training ${variant} agrees with PyTorch in losses, gradients and parameters`,
    ignore: !path,
    async fn() {
      const device = await openTestDevice({ memoryLimit: 8 * 2 ** 30 });
      const file = readGolden(path!);
      const baseline = device.liveBytes;
      const setting = (name: string) => Number(file.metadata[name]);
      const formula = new Formula(file.seed);
      const ofGenerator = new Parameters(device, formula.source(`${variant}/`));
      const ofCritic = new Parameters(device, formula.source(`${variant}/discriminator.`));
      const network = generator(ofGenerator, variant, true);
      const judge = critic(ofCritic);
      const options = {
        learningRate: setting("lr"),
        beta1: setting("beta1"),
        beta2: setting("beta2"),
      };
      const generatorAdam = new Adam(ofGenerator.entries(), options);
      const criticAdam = new Adam(ofCritic.entries(), options);
      const tensorsOf = (p: Parameters) => p.entries().map(([, tensor]) => tensor);
      const upload = (values: Float32Array, shape: Shape = PLANES) =>
        Tensor.from(device, shape, values);

      const noise = new Map<string, ReadonlySet<number>>();
      for (let i = 0; i < setting("iterations"); i++) {
        const check = new Checker(variant, file, i, noise);
        const base = formula.image(`${variant}/train${i}`, PLANES);
        const before = upload(base);
        const after = upload(roll(base, 4));
        const truth = upload(roll(base, 2));
        const dpm = upload(Float32Array.of(0.5, 0.25), [2, 1, 1, 1]);
        const alpha = upload(file.values[`i${i}_alpha`].data, [2, 1, 1, 1]);
        // With a history, which is thrown away: predictions may take kernels that round more.
        const fake = scope(() => network.predict({ before, after, dpm }).detach());

        const criticPass = backpropagate(
          tensorsOf(ofCritic),
          () => criticLosses(judge, { truth, fake, alpha }, setting("lambda_gp")),
        );
        const criticNames = { total: "d_loss", penalty: "gp", real: "real", fake: "fake" };
        await check.losses(criticPass, criticNames);
        await check.gradients(criticPass, ofCritic, "d");
        criticAdam.step(criticPass.gradients);
        await check.parameters(ofCritic, "d");

        const passes: Pass[] = [criticPass];
        if (i % setting("n_critic") === 0) {
          const generatorPass = backpropagate(tensorsOf(ofGenerator), () => {
            const output: TrainingOutput = network.train({ before, after, dpm }, truth);
            const lambdaAdv = setting("lambda_adv");
            return generatorLosses(output, truth, {
              pixelLoss: "paper",
              lambdaAdv,
              critic: judge,
            });
          });
          await check.losses(generatorPass, {
            total: "g_loss",
            laplacian: "lap",
            teacher: "teacher",
            distillation: "distill",
            adversarial: "adv",
          });
          await check.gradients(generatorPass, ofGenerator, "g");
          generatorAdam.step(generatorPass.gradients);
          await check.parameters(ofGenerator, "g");
          passes.push(generatorPass);
        }
        for (const tensor of [before, after, truth, dpm, alpha, fake]) tensor.dispose();
        for (const { gradients } of passes) for (const g of gradients) g?.dispose();
      }
      const excused = [...noise.values()].reduce((sum, { size }) => sum + size, 0);
      assert.ok(excused <= 120, `${excused} sampled gradients are noise, of over 11,600`);
      for (const owner of [generatorAdam, criticAdam, ofGenerator, ofCritic]) owner.dispose();
      assert.equal(device.liveBytes, baseline, "memory is given back");
      device.close();
    },
  });
}
