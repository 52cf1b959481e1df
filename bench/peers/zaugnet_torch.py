"""ZAugNet and ZAugNet+ in PyTorch, written from the facts in docs/architecture.md and the golden
vectors' README, to hold our engine against: the network, the critic and their losses, with the
golden formula's weights. torch_peer.py measures them.
"""

import numpy as np
import torch
import torch.nn.functional as F

SCALES, WIDTHS = (4, 2, 1), (240, 150, 90)


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


class Weights(dict):
    """Parameters by PyTorch's names, made when they are first asked for."""

    def __init__(self, model, dtype, device="cpu"):
        super().__init__()
        self.model, self.dtype, self.device = model, dtype, device

    def of(self, name, *shape):
        if name not in self:
            v = formula(f"{self.model}/{name}", int(np.prod(shape))).reshape(shape)
            if len(shape) == 4:
                v = v * np.sqrt(3 / np.prod(shape[1:]))
            elif name.endswith("bias"):
                v = 0.05 * v
            else:
                v = 0.25 + 0.1 * v
            value = torch.tensor(v.astype(np.float32)).to(self.device, self.dtype)
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


def gradient_penalty(W, truth, fake, alpha):
    mixed = alpha * truth + (1 - alpha) * fake
    if not mixed.requires_grad:
        mixed.requires_grad_()
    (slope,) = torch.autograd.grad(critic(W, mixed).sum(), mixed, create_graph=True)
    return ((slope.flatten(1).norm(dim=1) - 1) ** 2).mean()
