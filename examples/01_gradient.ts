// Gradients of gradients: y = sum(x³) on an adapter, its first and its second derivative.
// deno run examples/01_gradient.ts
import { Device, gradient, listAdapters, ops, scope, Tensor } from "../mod.ts";

const [adapter] = await listAdapters();
const device = await Device.open(adapter);

// What is made in a scope is freed at its end, but for what it returns.
const [first, second] = scope(() => {
  const x = Tensor.from(device, [1, 1, 1, 4], [-1, 0, 1, 2]);
  x.requiresGrad = true;
  const y = ops.sum(ops.multiply(x, ops.multiply(x, x)));
  const [dx] = gradient(y, [x], { createGraph: true });
  const [ddx] = gradient(ops.sum(dx!), [x]);
  return [dx!.detach(), ddx!.detach()];
});

console.log("3x²:", ...await first.read());
console.log("6x:", ...await second.read());
first.dispose();
second.dispose();
console.log("bytes in use:", device.liveBytes);
device.close();
