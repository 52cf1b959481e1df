"""PyTorch as a peer of our engine, in the same run: the network of zaugnet_torch.py with the golden
formula's weights and images. Prints a JSON line for each measurement. Runs on the CPU with one
thread and counts its time; with `cuda` and how to multiply (fp32, tf32, bf16) it takes the wall time
on a GPU.

    torch_peer.py forward 256 1           one prediction of a batch, from host memory to host memory
    torch_peer.py "forward 256 16 cuda tf32" "train 256 16 cuda fp32" …
    torch_peer.py train 128 2             one generator step: forward, backward, Adam
    torch_peer.py published 256 16        five batches of the published loop: five critic steps whose
                                          gradients reach the generator, one generator step
    torch_peer.py onnx 256 1 FILE         writes the network for a batch, for onnxruntime, and to
                                          FILE.answer what it answers to peer.ts's images
    torch_peer.py layers JSON             layers of ../layers.ts, forward or a gradient, one image
    torch_peer.py golden                  three iterations of ../shared/golden/training's ZAugNet+,
                                          in float64 and in float32
"""

import inspect
import json
import sys
import time

import numpy as np
import torch

from zaugnet_torch import Weights, critic, formula, generator, generator_loss, gradient_penalty

DEVICE = torch.device("cpu")


def image(name, batch, side):
    y, x = np.arange(side)[:, None], np.arange(side)[None]
    planes = []
    for i in range(batch):
        p = formula(f"{name}/{i}/0", 9).reshape(3, 3)
        waves = sum(np.sin(2 * np.pi * (4 * (a * y + b * x) / side + c)) for a, b, c in p)
        planes.append(0.5 + waves / 6)
    return torch.tensor(np.stack(planes)[:, None].astype(np.float32)).to(DEVICE)


def adam(parameters):
    return torch.optim.Adam(parameters, 1e-4, (0.5, 0.999))


def timed(work, repeats):
    """The best milliseconds of several runs after two that warm up: of the CPU, or wall on a GPU."""
    on_gpu = DEVICE.type == "cuda"
    clock = time.perf_counter if on_gpu else time.process_time
    best = float("inf")
    for run in range(repeats + 2):
        start = clock()
        work()
        if on_gpu:
            torch.cuda.synchronize()
        if run > 1:
            best = min(best, clock() - start)
    return 1000 * best


def frames(iteration, batch, side, dtype):
    base = image(f"zaugnet+/train{iteration}", batch, side).to(dtype)
    return base, torch.roll(base, (4, -4), (2, 3)), torch.roll(base, (2, -2), (2, 3))


def measure_forward(side, batch):
    W = Weights("zaugnet", torch.float32, DEVICE)
    before, after, _ = frames(0, batch, side, torch.float32)
    before, after = before.cpu(), after.cpu()

    def predict():
        return generator(W, before.to(DEVICE), after.to(DEVICE), None).cpu()

    with torch.no_grad():
        return timed(predict, 5)


def measure_step(side, batch):
    W = Weights("zaugnet", torch.float32, DEVICE)
    before, after, truth = frames(0, batch, side, torch.float32)
    generator_loss(W, before, after, None, truth)
    optimizer = adam(list(W.values()))

    def step():
        optimizer.zero_grad()
        generator_loss(W, before, after, None, truth)[0].backward()
        optimizer.step()

    return timed(step, 3)


def measure_published(side, batch):
    """Five batches as the published loop takes them: nothing detached, the forward run twice."""
    W = Weights("zaugnet", torch.float32, DEVICE)
    before, after, truth = frames(0, batch, side, torch.float32)
    generator_loss(W, before, after, None, truth, 1e-3)
    of_critic = [t for name, t in W.items() if name.startswith("discriminator.")]
    of_generator = [t for name, t in W.items() if not name.startswith("discriminator.")]
    optimizers = adam(of_generator), adam(of_critic)
    alpha = torch.rand(batch, 1, 1, 1, device=DEVICE)

    def five_batches():
        for i in range(5):
            fake = generator(W, before, after, None, truth)[0]
            optimizers[1].zero_grad()
            penalty = gradient_penalty(W, truth, fake, alpha)
            (critic(W, fake).mean() - critic(W, truth).mean() + 10 * penalty).backward()
            optimizers[1].step()
            if i == 0:
                optimizers[0].zero_grad()
                generator_loss(W, before, after, None, truth, 1e-3)[0].backward()
                optimizers[0].step()

    return timed(five_batches, 3)


def measure_layer(layer):
    """A layer of ../layers.ts: the forward pass with its bias, or one of its gradients."""
    inputs, outputs, kernel = layer["inputs"], layer["outputs"], layer["kernel"]
    way = {"stride": layer["stride"], "padding": 1}
    side, output_side = layer["side"], layer["outputSide"]
    x = torch.rand(1, inputs, side, side)
    y = torch.rand(1, outputs, output_side, output_side)
    transposed = layer.get("transposed", False)
    weight = torch.rand(*((inputs, outputs) if transposed else (outputs, inputs)), kernel, kernel)
    bias = torch.rand(outputs)
    if layer.get("gradient") == "data":
        work = lambda: torch.nn.grad.conv2d_input(y.shape, weight, x, **way)
    elif layer.get("gradient") == "weight":
        work = lambda: torch.nn.grad.conv2d_weight(x, weight.shape, y, **way)
    else:
        convolve = torch.nn.functional.conv_transpose2d if transposed else torch.nn.functional.conv2d
        work = lambda: convolve(x, weight, bias, **way)
    with torch.no_grad():
        return timed(lambda: [work() for _ in range(5)], 8) / 5


class Pair(torch.nn.Module):
    """The network as a module, which is what torch.onnx takes."""

    def __init__(self, W):
        super().__init__()
        self.W = W

    def forward(self, before, after):
        return generator(self.W, before, after, None)


def write_onnx(side, batch, path):
    W = Weights("zaugnet", torch.float32)
    i = np.arange(batch * side * side).reshape(batch, 1, side, side)
    # As peer.ts has them.
    waves = np.sin(i / 37), np.cos(i / 23)
    before, after = (torch.tensor((0.5 + 0.4 * wave).astype(np.float32)) for wave in waves)
    with torch.no_grad():
        generator(W, before, after, None).numpy().tofile(f"{path}.answer")
        for tensor in W.values():
            tensor.requires_grad_(False)
        names = {"input_names": ["before", "after"], "output_names": ["answer"]}
        if "dynamo" in inspect.signature(torch.onnx.export).parameters:
            # The newer exporter needs packages beside PyTorch.
            names["dynamo"] = False
        torch.onnx.export(Pair(W), (before, after), path, opset_version=16, **names)


def golden_iterations(dtype):
    """WGAN-GP training as ../shared/golden/training's ZAugNet+ rows; losses by their names."""
    W, losses, optimizers = Weights("zaugnet+", dtype), {}, None
    dpm = torch.tensor([0.5, 0.25], dtype=dtype).view(2, 1, 1, 1)
    for i in range(3):
        before, after, truth = frames(i, 2, 256, dtype)
        alpha = (torch.tensor(formula(f"zaugnet+/alpha{i}", 2)) + 1) / 2
        alpha = alpha.float().to(dtype).view(2, 1, 1, 1)
        with torch.no_grad():
            fake = generator(W, before, after, dpm)
        penalty = gradient_penalty(W, truth, fake, alpha)
        real, unreal = critic(W, truth).mean(), critic(W, fake).mean()
        if optimizers is None:
            generator(W, before, after, dpm, truth)
            names = {False: [], True: []}
            for name, tensor in W.items():
                names[name.startswith("discriminator.")].append(tensor)
            optimizers = adam(names[False]), adam(names[True])
        optimizers[1].zero_grad()
        (unreal - real + 10 * penalty).backward(inputs=names[True])
        optimizers[1].step()
        losses.update({f"i{i}_gp": penalty.item(), f"i{i}_fake": unreal.item()})
        if i % 2 == 0:
            loss, adversarial = generator_loss(W, before, after, dpm, truth, 1e-3)
            losses[f"i{i}_adv"] = adversarial.item()
            optimizers[0].zero_grad()
            loss.backward(inputs=names[False])
            optimizers[0].step()
            # Its gradient is almost 0, so that rounding decides on Adam's step.
            losses[f"i{i}_bias"] = W["block2.convblock.2.0.bias"][6].item()
    return losses


def main(what, *sizes):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if what == "golden":
        for dtype in (torch.float64, torch.float32):
            print(json.dumps({"dtype": str(dtype), **golden_iterations(dtype)}), flush=True)
        return
    if what == "layers":
        for layer in json.loads(sizes[0]):
            facts = {"peer": f"PyTorch {torch.__version__}", "what": layer["name"]}
            print(json.dumps({**facts, "cpuMilliseconds": measure_layer(layer)}), flush=True)
        return
    if what == "onnx":
        write_onnx(int(sizes[0]), int(sizes[1]), sizes[2])
        print(json.dumps({"peer": "PyTorch", "what": what}))
        return
    measure = {
        "forward": measure_forward,
        "train": measure_step,
        "published": measure_published,
    }[what]
    side, batch = map(int, sizes[:2])
    arithmetic = sizes[3] if len(sizes) > 2 else "cpu"
    name = f"PyTorch {torch.__version__}"
    if arithmetic != "cpu":
        use_gpu(arithmetic)
        name += f", {arithmetic}, {torch.cuda.get_device_name()}"
    facts = {"peer": name, "what": what, "side": side, "batch": batch, "arithmetic": arithmetic}
    with torch.autocast(DEVICE.type, torch.bfloat16, enabled=arithmetic == "bf16"):
        milliseconds = round(measure(side, batch), 2)
    clock = "milliseconds" if DEVICE.type == "cuda" else "cpuMilliseconds"
    print(json.dumps({**facts, clock: milliseconds}), flush=True)


def use_gpu(arithmetic):
    global DEVICE
    DEVICE = torch.device("cuda")
    torch.backends.cuda.matmul.allow_tf32 = arithmetic == "tf32"
    torch.backends.cudnn.allow_tf32 = arithmetic == "tf32"


if __name__ == "__main__":
    if " " in sys.argv[1]:
        for measurement in sys.argv[1:]:
            main(*measurement.split())
    else:
        main(*sys.argv[1:])
