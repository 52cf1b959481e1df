"""Makes the wheel of one version, by Python alone and to the same bytes each time:

python3 build_wheel.py PROGRAM VERSION DENO_VERSION README LICENSE OUTPUT_FOLDER
"""

import base64
import hashlib
import sys
import zipfile
from pathlib import Path

SOURCES = Path(__file__).parent / "zaugnet"
# The oldest that a zip can say.
TIME = (1980, 1, 1, 0, 0, 0)

METADATA = """Metadata-Version: 2.1
Name: zaugnet
Version: {version}
Summary: Predicts the z-slices that a microscope did not take, on any GPU (WebGPU).
License: MIT
Keywords: microscopy,interpolation,webgpu,tiff,napari
Requires-Python: >=3.9
Requires-Dist: deno=={deno}
Requires-Dist: numpy
Description-Content-Type: text/markdown

"""
WHEEL = "Wheel-Version: 1.0\nGenerator: zaugnet\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
ENTRY_POINTS = "[console_scripts]\nzaugnet = zaugnet.launcher:main\n"


def main(program, version, deno, readme, license, output):
    name = f"zaugnet-{version}"
    files = {f"zaugnet/{path.name}": path.read_bytes() for path in SOURCES.glob("*.py")}
    for path in Path(program).rglob("*"):
        if path.is_file():
            files[f"zaugnet/program/{path.relative_to(program).as_posix()}"] = path.read_bytes()
    info = f"{name}.dist-info"
    head = METADATA.format(version=version, deno=deno)
    last = {
        f"{info}/METADATA": head.encode() + Path(readme).read_bytes(),
        f"{info}/WHEEL": WHEEL.encode(),
        f"{info}/entry_points.txt": ENTRY_POINTS.encode(),
        f"{info}/licenses/LICENSE": Path(license).read_bytes(),
    }
    files = {**dict(sorted(files.items())), **last}
    record = f"{info}/RECORD"
    rows = [f"{path},sha256={digest(data)},{len(data)}\n" for path, data in files.items()]
    files[record] = "".join([*rows, f"{record},,\n"]).encode()
    with zipfile.ZipFile(Path(output, f"{name}-py3-none-any.whl"), "w") as wheel:
        for path, data in files.items():
            entry = zipfile.ZipInfo(path, TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            # As on Unix, wherever it is made.
            entry.create_system = 3
            entry.external_attr = 0o100644 << 16
            wheel.writestr(entry, data)


def digest(data):
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


main(*sys.argv[1:])
