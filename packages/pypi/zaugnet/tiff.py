"""Stacks as the program reads and writes them: little-endian OME-TIFF without compression."""

import struct

import numpy as np

OME = (
    '<?xml version="1.0" encoding="UTF-8"?>'
    '<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06"><Image ID="Image:0">'
    '<Pixels ID="Pixels:0" DimensionOrder="XYZCT" Type="{type}" SizeX="{x}" SizeY="{y}" '
    'SizeZ="{z}" SizeC="1" SizeT="1"{sizes}><Channel ID="Channel:0:0" SamplesPerPixel="1"/>'
    "<TiffData/></Pixels></Image></OME>"
)
WIDTH, HEIGHT, DEPTH, COMPRESSION, COLOURS, DESCRIPTION = 256, 257, 258, 259, 262, 270
OFFSETS, SAMPLES, ROWS, COUNTS, FORMAT = 273, 277, 278, 279, 339
SHORT, LONG8 = 3, 16
CODES = {1: "B", 2: "B", SHORT: "H", 4: "I", LONG8: "Q"}


def write_stack(path, array, spacing):
    """Writes a stack as a BigTIFF; spacing is in micrometres along z, y and x, or None."""
    z, y, x = array.shape
    sizes = "".join(
        f' PhysicalSize{axis}="{float(size)!r}" PhysicalSize{axis}Unit="\u00b5m"'
        for axis, size in zip("ZYX", spacing or ())
    )
    text = OME.format(type=_ome_type(array.dtype), x=x, y=y, z=z, sizes=sizes).encode() + b"\0"
    samples = np.ascontiguousarray(array, array.dtype.newbyteorder("<"))
    plane = samples.nbytes // z
    start = 16
    with open(path, "wb") as file:
        description = start + samples.nbytes
        directory = description + len(text) + -len(text) % 8
        file.write(struct.pack("<2sHHHQ", b"II", 43, 8, 0, directory))
        samples.tofile(file)
        file.write(text.ljust(directory - description, b"\0"))
        for index in range(z):
            entries = [
                (WIDTH, LONG8, 1, x),
                (HEIGHT, LONG8, 1, y),
                (DEPTH, SHORT, 1, 8 * array.itemsize),
                (COMPRESSION, SHORT, 1, 1),
                (COLOURS, SHORT, 1, 1),
                *([(DESCRIPTION, 2, len(text), description)] if index == 0 else []),
                (OFFSETS, LONG8, 1, start + index * plane),
                (SAMPLES, SHORT, 1, 1),
                (ROWS, LONG8, 1, y),
                (COUNTS, LONG8, 1, plane),
                (FORMAT, SHORT, 1, 3 if array.dtype.kind == "f" else 1),
            ]
            file.write(struct.pack("<Q", len(entries)))
            for entry in entries:
                file.write(struct.pack("<HHQQ", *entry))
            following = file.tell() + 8 if index + 1 < z else 0
            file.write(struct.pack("<Q", following))


def read_stack(path, dtype):
    """The pages of a TIFF that the program wrote, as an array of z, y and x."""
    data = np.memmap(path, np.uint8, "r")
    pages = [_read_page(data, tags, dtype) for tags in _directories(data)]
    return np.stack(pages).astype(dtype, copy=False)


def _read_page(data, tags, dtype):
    strips = [data[start : start + size] for start, size in zip(tags[OFFSETS], tags[COUNTS])]
    samples = np.concatenate(strips).view(np.dtype(dtype).newbyteorder("<"))
    return samples.reshape(tags[HEIGHT][0], tags[WIDTH][0])


def _directories(data):
    """The fields of each page, numbers by their tags."""
    big = bytes(data[2:4]) == struct.pack("<H", 43)
    head, count, entry, word = (8, "<Q", "<HHQ", "<Q") if big else (4, "<H", "<HHI", "<I")
    (place,) = struct.unpack_from(word, data, head)
    room = struct.calcsize(word)
    while place:
        (fields,) = struct.unpack_from(count, data, place)
        place += struct.calcsize(count)
        tags = {}
        for _ in range(fields):
            tag, kind, number = struct.unpack_from(entry, data, place)
            place += struct.calcsize(entry)
            if kind in CODES:
                values = f"<{number}{CODES[kind]}"
                inline = struct.calcsize(values) <= room
                at = place if inline else struct.unpack_from(word, data, place)[0]
                tags[tag] = struct.unpack_from(values, data, at)
            place += room
        yield tags
        (place,) = struct.unpack_from(word, data, place)


def _ome_type(dtype):
    return {"uint8": "uint8", "uint16": "uint16", "float32": "float"}[dtype.name]
