/**
 * Predicted slices per second, from planes in memory to planes in memory, with the memory it takes.
 * The weights are the tests' formula, whose values cost as much as trained ones.
 */
import { NetworkInterpolator } from "../src/prediction/network_interpolator.ts";
import { generatorShapes } from "../src/zaugnet/model.ts";
import { Formula } from "../tests/support/formula.ts";
import { BenchRecorder, interpolateInTurn, openBenchDevice } from "./measure.ts";

/** Floating-point operations per pixel of the convolutions: 16.33e9 for 256 x 256. */
const FLOP_PER_PIXEL = 16.33e9 / 256 ** 2;

const formula = new Formula(0);
const weights = new Map(
  [...generatorShapes("zaugnet", false)].map(([name, shape]) => [
    name,
    { shape, data: formula.parameter(`zaugnet/${name}`, shape) },
  ]),
);
const device = await openBenchDevice();
const bench = new BenchRecorder(device);
const onGpu = device.adapter.type === "gpu";
const CALLS = onGpu ? 12 : 1;
const network = new NetworkInterpolator(device, {
  variant: "zaugnet",
  weights,
  hasTeacher: false,
  metadata: {},
  notes: [],
});

function add(side: number, batch: number, n: number): void {
  const plane = (name: string) => formula.image(name, [1, 1, side, side]);
  // Planes of their own, as those of gaps that are not neighbours.
  const requests = Array.from({ length: batch }, (_, i) => ({
    before: plane(`before ${i}`),
    after: plane(`after ${i}`),
    dpm: 0.5,
  }));
  const measurement = {
    name: `predict ${side}x${side}, batch ${batch}`,
    flop: FLOP_PER_PIXEL * side * side * batch,
    operations: CALLS,
    slices: batch,
    work: () => interpolateInTurn(network, requests, side, CALLS),
  };
  bench.add(measurement, { group: measurement.name, baseline: false, n });
}

if (onGpu) {
  for (const side of [256, 512, 1024]) {
    for (const batch of [1, 4, 16]) add(side, batch, 2);
  }
} else {
  add(256, 1, 3);
  add(256, 4, 1);
  add(1024, 1, 1);
}
