"""ZAugNet and ZAugNet+ in PyTorch, written from the facts in docs/architecture.md and the golden
vectors' README, to hold our engine against in the same run. Weights and images are the golden
formula's. Prints a JSON line for each measurement. Runs on the CPU with one thread and counts its
time; with `cuda` and how to multiply (fp32, tf32, bf16) it takes the wall time on a GPU.

    zaugnet_torch.py forward 256 1        one prediction of a batch, from host memory to host memory
    zaugnet_torch.py "forward 256 16 cuda tf32" "train 256 16 cuda fp32" …
    zaugnet_torch.py train 128 2          one generator step: forward, backward, Adam
    zaugnet_torch.py published 256 16     five batches of the published loop: five critic steps whose
                                          gradients reach the generator, one generator step
    zaugnet_torch.py onnx 256 FILE        writes the network for one pair, for onnxruntime
    zaugnet_torch.py golden               three iterations of ../shared/golden/training's ZAugNet+,
                                          in float64 and in float32
"""

import json
import sys
import time

import numpy as np
import torch
import torch.nn.functional as F

SCALES, WIDTHS = (4, 2, 1), (240, 150, 90)
DEVICE = torch.device("cpu")


def formula(name, count):
    """The golden formula with seed 0: numbers in -1..1 by a hash of the name."""
    h = 2166136261
    for byte in name.encode():
        h = ((h ^ byte) * 16777619) & 0xFFFFFFFF
    x = (np.uint64(h) + np.arange(count, dtype=np.uint64)).astype(np.uint32)
    for shift, factor in ((16, 0x7FEB352D), (15, 0x846CA68B)):
        x = (x ^ (x >> np.uint32(shift))) * np.uint32(factor)
    x ^= x >> np.uint32(16)
    return (x >> np.uint32(8)).astype(np.float64) / 2**23 - 1


def image(name, batch, side):
    y, x = np.arange(side)[:, None], np.arange(side)[None]
    planes = []
    for i in range(batch):
        p = formula(f"{name}/{i}/0", 9).reshape(3, 3)
        waves = sum(np.sin(2 * np.pi * (4 * (a * y + b * x) / side + c)) for a, b, c in p)
        planes.append(0.5 + waves / 6)
    return torch.tensor(np.stack(planes)[:, None].astype(np.float32)).to(DEVICE)


class Weights(dict):
    """Parameters by PyTorch's names, made when they are first asked for."""

    def __init__(self, model, dtype):
        super().__init__()
        self.model, self.dtype = model, dtype

    def of(self, name, *shape):
        if name not in self:
            v = formula(f"{self.model}/{name}", int(np.prod(shape))).reshape(shape)
            if len(shape) == 4:
                v = v * np.sqrt(3 / np.prod(shape[1:]))
            elif name.endswith("bias"):
                v = 0.05 * v
            else:
                v = 0.25 + 0.1 * v
            value = torch.tensor(v.astype(np.float32)).to(DEVICE, self.dtype)
            self[name] = value.requires_grad_()
        return self[name]

    def conv(self, x, name, outputs, stride=1):
        weight = self.of(f"{name}.0.weight", outputs, x.shape[1], 3, 3)
        y = F.conv2d(x, weight, self.of(f"{name}.0.bias", outputs), stride, 1)
        return F.prelu(y, self.of(f"{name}.1.weight", outputs))

    def grow(self, x, name, outputs):
        weight = self.of(f"{name}.weight", x.shape[1], outputs, 4, 4)
        return F.conv_transpose2d(x, weight, self.of(f"{name}.bias", outputs), 2, 1)


def resize(x, factor):
    if factor == 1:
        return x
    return F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)


def warp(x, flow):
    n, _, h, w = x.shape
    axis = lambda size: torch.linspace(-1, 1, size, dtype=x.dtype, device=x.device)
    grid = torch.stack(torch.meshgrid(axis(h), axis(w), indexing="ij")[::-1])[None]
    shift = torch.stack([flow[:, 0] / ((w - 1) / 2), flow[:, 1] / ((h - 1) / 2)], 1)
    where = (grid + shift).permute(0, 2, 3, 1)
    return F.grid_sample(x, where, mode="bilinear", padding_mode="border", align_corners=True)


def flow_block(W, name, width, images, flow, scale):
    x = resize(images, 1 / scale)
    if flow is not None:
        x = torch.cat([x, resize(flow, 1 / scale) / scale], 1)
    x = W.conv(W.conv(x, f"{name}.conv0.0", width // 2, 2), f"{name}.conv0.1", width, 2)
    y = x
    for i in range(8):
        y = W.conv(y, f"{name}.convblock.{i}", width)
    y = resize(W.grow(x + y, f"{name}.lastconv", 5), 2 * scale)
    return y[:, :4] * (2 * scale), y[:, 4:]


def contexts(W, image, flow):
    features = []
    for i in range(4):
        name = f"contextnet.conv{i + 1}"
        image = W.conv(W.conv(image, f"{name}.conv1", 16 << i, 2), f"{name}.conv2", 16 << i)
        flow = resize(flow, 0.5) * 0.5
        features.append(warp(image, flow))
    return features


def refine(W, x, before, after):
    skips = []
    for i in range(4):
        name = f"unet.down{i}"
        x = W.conv(W.conv(x, f"{name}.conv1", 32 << i, 2), f"{name}.conv2", 32 << i)
        skips.append(x)
        x = torch.cat([x, before[i], after[i]], 1)
    for i in range(4):
        x = W.grow(x, f"unet.up{i}.0", 128 >> i)
        x = F.prelu(x, W.of(f"unet.up{i}.1.weight", 128 >> i))
        if i < 3:
            x = torch.cat([x, skips[2 - i]], 1)
    x = F.conv2d(x, W.of("unet.conv.weight", 1, 16, 3, 3), W.of("unet.conv.bias", 1), 1, 1)
    return 2 * torch.sigmoid(x) - 1


def generator(W, before, after, dpm, truth=None):
    """The answer; with a truth also the teacher's answer and the distillation loss."""
    given = [before, after] if dpm is None else [before, after, dpm.expand_as(before)]
    flow = mask = None
    stages = []

    def merged(flow, mask):
        m = torch.sigmoid(mask)
        return warp(before, flow[:, :2]) * m + warp(after, flow[:, 2:]) * (1 - m)

    for i, scale in enumerate(SCALES):
        if flow is None:
            flow, mask = flow_block(W, "block0", WIDTHS[0], torch.cat(given, 1), None, scale)
        else:
            images = [*given, warp(before, flow[:, :2]), warp(after, flow[:, 2:]), mask]
            more = flow_block(W, f"block{i}", WIDTHS[i], torch.cat(images, 1), flow, scale)
            flow, mask = flow + more[0], mask + more[1]
        stages.append((flow, merged(flow, mask)))
    warped = [warp(before, flow[:, :2]), warp(after, flow[:, 2:])]
    context = contexts(W, before, flow[:, :2]), contexts(W, after, flow[:, 2:])
    residual = refine(W, torch.cat([before, after, *warped, mask, flow], 1), *context)
    answer = torch.clamp(stages[2][1] + residual, 0, 1)
    if truth is None:
        return answer
    images = torch.cat([*given, *warped, mask, truth], 1)
    more = flow_block(W, "block_tea", 90, images, flow, 1)
    taught = flow + more[0]
    teacher = merged(taught, mask + more[1])
    distillation = 0
    for own, picture in stages:
        worse = (picture - truth).abs() > (teacher - truth).abs() + 0.01
        distance = ((taught.detach() - own) ** 2).mean(1, True).sqrt()
        distillation = distillation + (distance * worse).mean()
    return answer, teacher, distillation


def critic(W, x):
    for i, width in enumerate((32, 64, 128, 256, 512, 1024)):
        weight = W.of(f"discriminator.layers.{2 * i}.weight", width, x.shape[1], 4, 4)
        x = F.leaky_relu(F.conv2d(x, weight, None, 2, 1), 0.2)
    return F.conv2d(x, W.of("discriminator.layers.12.weight", 1, 1024, 4, 4))


def laplacian_loss(a, b):
    tap = torch.tensor([1, 4, 6, 4, 1], dtype=a.dtype, device=a.device) / 16
    kernel = torch.outer(tap, tap)[None, None]
    blur = lambda x: F.conv2d(F.pad(x, (2, 2, 2, 2), mode="reflect"), kernel)
    rest, total = a - b, 0
    for _ in range(5):
        half = blur(rest)[:, :, ::2, ::2]
        spread = torch.zeros_like(rest)
        spread[:, :, ::2, ::2] = half
        total = total + (rest - 4 * blur(spread)).abs().mean()
        rest = half
    return total


def generator_loss(W, before, after, dpm, truth, lambda_adv=0):
    answer, teacher, distillation = generator(W, before, after, dpm, truth)
    loss = laplacian_loss(answer, truth) + laplacian_loss(teacher, truth) + 0.01 * distillation
    adversarial = -critic(W, answer).mean() if lambda_adv else None
    return (loss + lambda_adv * adversarial if lambda_adv else loss), adversarial


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
    W = Weights("zaugnet", torch.float32)
    before, after, _ = frames(0, batch, side, torch.float32)
    before, after = before.cpu(), after.cpu()

    def predict():
        return generator(W, before.to(DEVICE), after.to(DEVICE), None).cpu()

    with torch.no_grad():
        return timed(predict, 5)


def measure_step(side, batch):
    W = Weights("zaugnet", torch.float32)
    before, after, truth = frames(0, batch, side, torch.float32)
    generator_loss(W, before, after, None, truth)
    optimizer = adam(list(W.values()))

    def step():
        optimizer.zero_grad()
        generator_loss(W, before, after, None, truth)[0].backward()
        optimizer.step()

    return timed(step, 3)


def gradient_penalty(W, truth, fake, alpha):
    mixed = alpha * truth + (1 - alpha) * fake
    if not mixed.requires_grad:
        mixed.requires_grad_()
    (slope,) = torch.autograd.grad(critic(W, mixed).sum(), mixed, create_graph=True)
    return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()


def measure_published(side, batch):
    """Five batches as the published loop takes them: nothing detached, the forward run twice."""
    W = Weights("zaugnet", torch.float32)
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


class Pair(torch.nn.Module):
    """The network as a module, which is what torch.onnx takes."""

    def __init__(self, W):
        super().__init__()
        self.W = W

    def forward(self, before, after):
        return generator(self.W, before, after, None)


def write_onnx(side, path):
    W = Weights("zaugnet", torch.float32)
    before, after, _ = frames(0, 1, side, torch.float32)
    with torch.no_grad():
        generator(W, before, after, None)
        for tensor in W.values():
            tensor.requires_grad_(False)
        names = {"input_names": ["before", "after"], "output_names": ["answer"]}
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
    return losses


def main(what, *sizes):
    torch.set_num_threads(1)
    torch.manual_seed(0)
    if what == "golden":
        for dtype in (torch.float64, torch.float32):
            print(json.dumps({"dtype": str(dtype), **golden_iterations(dtype)}), flush=True)
        return
    if what == "onnx":
        write_onnx(int(sizes[0]), sizes[1])
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
