"""Malicious and invalid files to upload, each built from a few lines.

Run as a module with a folder, it renders every file there and prints the cost of each as JSON.
"""

import functools
import io
import json
import multiprocessing
import struct
import sys
import time
import zlib
from pathlib import Path

from PIL import Image, PngImagePlugin

MANY_BYTES = 9_000_000


def encode_image(image, form="JPEG", **options):
    file = io.BytesIO()
    image.save(file, form, **options)
    return file.getvalue()


def make_image(width=240, height=300, mode="RGB"):
    """Make a picture with an edge and a gradient, which shows rotation, cropping and colours."""
    image = Image.linear_gradient("L").resize((width, height)).convert("RGB")
    image.paste((200, 30, 60), (0, 0, width // 2, height // 2))
    return image.convert(mode)


def make_jpeg(**options):
    return encode_image(make_image(), **options)


def make_png(*chunks, filling=b"", width=240, height=300, depth=8, colour=0, pixels=None):
    """Make a PNG from its parts; chunks and filling are between the header and the pixels."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    pixels = zlib.compress(bytes(height * (1 + width))) if pixels is None else pixels
    before = b"".join(png_chunk(*part) for part in [(b"IHDR", header), *chunks])
    return b"\x89PNG\r\n\x1a\n" + before + filling + png_chunk(b"IDAT", pixels) + png_chunk(b"IEND", b"")


def png_chunk(name, data):
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def jpeg_segment(marker, data=b""):
    return bytes([0xFF, marker]) + struct.pack(">H", len(data) + 2) + data


@functools.cache
def compressed_zeros(megabytes):
    """Return this many megabytes of zeros, compressed."""
    packer = zlib.compressobj(9)
    return b"".join([*(packer.compress(bytes(1_000_000)) for _ in range(megabytes)), packer.flush()])


def animated_image(form, **options):
    first, *others = [Image.new("RGB", (240, 300), (0, 0, shade)) for shade in (0, 90, 180)]
    return encode_image(first, form, save_all=True, append_images=others, **options)


def jpeg_with_false_size(data, marker, width, height):
    """Return a JPEG with another size in its frame header."""
    place = data.index(marker) + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


def jpeg_with_many_scans(count, width=4000, height=4000):
    """Make a progressive JPEG with this many scans of the whole picture."""
    data = encode_image(Image.new("L", (width, height)), progressive=True)
    last = data.rindex(b"\xff\xda")
    return data[:last] + data[last:-2] * count + data[-2:]


def webp_with_false_size(width, height):
    """Make a WebP whose container has a larger canvas than its picture."""
    extended = (
        b"VP8X"
        + struct.pack("<I", 10)
        + bytes(4)
        + struct.pack("<I", width - 1)[:3]
        + struct.pack("<I", height - 1)[:3]
    )
    body = b"WEBP" + extended + encode_image(make_image(), "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body)) + body


def png_text_chunk(name, megabytes):
    heads = {b"zTXt": b"Comment\0\0", b"iTXt": b"Comment\0\1\0\0\0"}
    return (name, heads[name] + compressed_zeros(megabytes))


def png_with_broken_checksum():
    data = bytearray(make_png())
    data[-14] ^= 1
    return bytes(data)


def animated_png():
    return animated_image("PNG", default_image=False)


NOT_PICTURES = {
    "empty": lambda: b"",
    "words": lambda: b"This is not a picture.",
    "zeros": lambda: bytes(5000),
    "SVG": lambda: b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    "HTML": lambda: b"<!doctype html><script>alert(1)</script>",
    "GIF": lambda: encode_image(make_image(), "GIF"),
    "GIF of many frames": lambda: (
        b"GIF89a\x01\0\x01\0\0\0\0" + b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0" * 20_000 + b";"
    ),
    "EPS": lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 300 300\n%%EndComments\n" + b"\r" * 50_000,
    "BMP": lambda: encode_image(make_image(), "BMP"),
    "TIFF": lambda: encode_image(make_image(), "TIFF"),
    "AVIF": lambda: encode_image(make_image(), "AVIF"),
    "PDF": lambda: encode_image(make_image(), "PDF"),
    "WMF": lambda: b"\xd7\xcd\xc6\x9a\0\0" + bytes(500),
    "PSD": lambda: b"8BPS\0\1" + bytes(500),
    "ZIP": lambda: b"PK\x03\x04" + bytes(500),
}

DAMAGED = {
    "JPEG cut off": lambda: make_jpeg()[:2000],
    "PNG cut off": lambda: encode_image(make_image(), "PNG")[:500],
    "WebP cut off": lambda: encode_image(make_image(), "WEBP")[:300],
    "only the beginning of a JPEG": lambda: b"\xff\xd8\xff\xe0",
    "PNG with a wrong checksum": png_with_broken_checksum,
    "PNG with 80 MB of compressed words": lambda: make_png(png_text_chunk(b"zTXt", 80)),
    "PNG with 80 MB of international words": lambda: make_png(png_text_chunk(b"iTXt", 80)),
    "PNG with a hundred texts of a megabyte": lambda: make_png(filling=png_chunk(*png_text_chunk(b"zTXt", 1)) * 100),
    "PNG of empty chunks": lambda: make_png(filling=png_chunk(b"tEXt", b"") * (MANY_BYTES // 12)),
    "PNG with too few pixels": lambda: make_png(pixels=zlib.compress(bytes(5000))),
    "JPEG of a thousand scans": lambda: jpeg_with_many_scans(1000),
    "JPEG of empty comments": lambda: b"\xff\xd8" + jpeg_segment(0xFE) * (MANY_BYTES // 4) + make_jpeg()[2:],
    "JPEG of padding": lambda: b"\xff\xd8" + b"\xff" * MANY_BYTES + make_jpeg()[2:],
    "JPEG of stuffing": lambda: b"\xff\xd8" + b"\xff\x00" * (MANY_BYTES // 2) + make_jpeg()[2:],
}

TOO_LARGE = {
    "PNG of 50 000 by 50 000": lambda: make_png(width=50_000, height=50_000, depth=1, pixels=compressed_zeros(9)),
    "PNG that claims two thousand million pixels": lambda: make_png(
        width=2**31 - 1, height=1, pixels=compressed_zeros(9)
    ),
    "JPEG that claims 65 500 by 65 500": lambda: jpeg_with_false_size(make_jpeg(), b"\xff\xc0", 65_500, 65_500),
    "JPEG in scans that claims 40 million": lambda: jpeg_with_false_size(
        make_jpeg(progressive=True), b"\xff\xc2", 8000, 5000
    ),
    "WebP that claims 16 383 by 16 383": lambda: webp_with_false_size(16_383, 16_383),
    "PNG just over the limit": lambda: make_png(width=8501, height=1000),
}

ANIMATED = {
    "animated PNG": animated_png,
    "animated WebP": lambda: animated_image("WEBP"),
}

# The largest accepted file of each kind, and files that are decoded before they can be rejected.
EXPENSIVE = {
    "JPEG of 50 million": lambda: encode_image(Image.new("L", (10_000, 5000))),
    "JPEG of 16 million in 30 scans": lambda: jpeg_with_many_scans(21),
    "PNG of 7 million with transparency": lambda: encode_image(Image.new("RGBA", (2640, 2640), (9, 99, 9, 99)), "PNG"),
    "PNG of 7 million from a palette": lambda: encode_image(Image.new("P", (2640, 2640)), "PNG", transparency=0),
    "WebP of 4 million with transparency": lambda: encode_image(
        Image.new("RGBA", (1990, 1990), (9, 99, 9, 99)), "WEBP", method=0
    ),
    "JPEG with a page behind it": lambda: make_jpeg() + b"<!doctype html><script>alert(1)</script>",
    "JPEG with EXIF that loops": lambda: make_jpeg(
        exif=b"Exif\0\0II*\0\x08\0\0\0" + b"\x01\0\x69\x87\x04\0\x01\0\0\0\x08\0\0\0" * 9
    ),
    "JPEG with a broken colour profile": lambda: make_jpeg(icc_profile=b"acsp" * 5000),
    "PNG with a text that says it is HTML": lambda: encode_image(
        make_image(), "PNG", pnginfo=make_png_info("<script>alert(1)</script>")
    ),
}


def make_png_info(words):
    info = PngImagePlugin.PngInfo()
    info.add_text("Comment", words)
    return info


def measure_cost(path):
    """Return the result, the CPU time in seconds, and the peak memory in megabytes (VmHWM of Linux)."""
    from django.core.exceptions import ValidationError

    from speakers.images.renditions import PORTRAIT, render_picture

    data = path.read_bytes()
    reset_peak_memory()
    began = time.process_time()
    try:
        render_picture(data, PORTRAIT)
        answer = "accepted"
    except ValidationError as error:
        answer = error.code
    return {"answer": answer, "seconds": time.process_time() - began, "megabytes": peak_memory()}


def reset_peak_memory():
    Path("/proc/self/clear_refs").write_text("5")


def peak_memory():
    line = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) // 1024


if __name__ == "__main__":
    import django

    django.setup()
    paths = sorted(Path(sys.argv[1]).iterdir())
    # One process per file, so that memory left by one is not counted for the next.
    with multiprocessing.get_context("fork").Pool(1, maxtasksperchild=1) as pool:
        costs = pool.map(measure_cost, paths, chunksize=1)
    print(json.dumps({path.name: cost for path, cost in zip(paths, costs, strict=True)}))
