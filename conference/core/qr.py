"""QR codes (ISO/IEC 18004) as rows of modules, and as one path: modules that are drawn one by one show seams."""

from collections.abc import Iterator
from itertools import groupby

import qrcode

# Width of the quiet zone on each side, in modules.
QUIET_ZONE = 4


def build_matrix(text: str) -> list[list[bool]]:
    """Return the rows of a code, top to bottom, with its quiet zone. Dark modules are True."""
    code = qrcode.QRCode(border=QUIET_ZONE)
    code.add_data(text)
    return code.get_matrix()


def horizontal_runs(rows: list[list[bool]]) -> Iterator[tuple[int, int, int]]:
    """Yield (x, y, length) for each run of adjacent dark modules in a row."""
    for y, row in enumerate(rows):
        x = 0
        for is_dark, run in groupby(row):
            length = len(list(run))
            if is_dark:
                yield x, y, length
            x += length


def svg_path(rows: list[list[bool]]) -> str:
    """Return the dark modules as data of an SVG path, one unit for each module."""
    return "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in horizontal_runs(rows))
