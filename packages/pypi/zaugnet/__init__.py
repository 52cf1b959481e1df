"""ZAugNet on WebGPU: predicts the z-slices that a microscope did not take."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np

from .launcher import PROGRAM, command_line, environment
from .tiff import read_stack, write_stack

__all__ = ["upsample"]


def upsample(array, *, spacing=None, factor=2, model=None, options=()):
    """The stack with predicted slices between its own, which stay as they are.

    array: of z, y and x; uint8, uint16 or float32, which the answer has, too.
    spacing: micrometres between voxels along z, y and x; for "isotropic".
    factor: parts of each gap between two slices, or "isotropic": as many as make z as fine as x.
    model: a model's file; without one, one of those that come with the program.
    options: further words for `zaugnet predict`, such as ("--normalization", "stack").

    Raises ValueError where something given is wrong, RuntimeError where the program failed.
    """
    array = np.asarray(array)
    if array.ndim != 3 or array.size == 0:
        raise ValueError(f"A stack has the axes z, y and x; this array's shape is {array.shape}.")
    if spacing is not None and len(spacing) != 3:
        raise ValueError(f"The spacing is of z, y and x: three numbers, not {spacing}.")
    if array.dtype.name not in ("uint8", "uint16", "float32"):
        raise ValueError(f"Convert the stack to uint8, uint16 or float32; it is {array.dtype}.")
    if factor == "isotropic":
        if spacing is None:
            raise ValueError('factor="isotropic" needs the spacing along z, y and x.')
        wish = ["--spacing", "isotropic"]
    else:
        wish = ["--factor", str(factor)]
    with tempfile.TemporaryDirectory(prefix="zaugnet-") as folder:
        before, after = Path(folder, "before.ome.tif"), Path(folder, "after.ome.tif")
        write_stack(before, array, spacing)
        words = ["--model", str(model or _default_model(factor)), "--output", str(after)]
        _run(["predict", str(before), *words, *wish, *options])
        return read_stack(after, array.dtype)


def _default_model(factor):
    """The ZAugNet for repeated halving, the ZAugNet+ for all else."""
    halves = isinstance(factor, (int, np.integer)) and factor > 1 and factor & (factor - 1) == 0
    return PROGRAM / "models" / ("zaugnet.safetensors" if halves else "zaugnet_plus.safetensors")


def _run(arguments):
    done = subprocess.run(
        command_line(arguments),
        env=environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
    )
    if done.returncode == 0:
        return
    # Notes may stand before the one line that says what was wrong, and a hint after it.
    errors = [line for line in done.stderr.splitlines() if line.startswith("error: ")]
    said = errors[-1].removeprefix("error: ") if errors else done.stderr.strip()
    raise (ValueError if done.returncode == 2 else RuntimeError)(said)
