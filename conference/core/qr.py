"""QR codes (ISO/IEC 18004) as rows of squares, and as one path to be drawn in one go: side by side, squares that are
drawn one by one show seams."""

from itertools import groupby

import qrcode

# Squares of white on each side.
QUIET_ZONE = 4


def build_matrix(text):
    """The code's rows, top to bottom: True where it is dark. The quiet zone around it is included."""
    code = qrcode.QRCode(border=QUIET_ZONE)
    code.add_data(text)
    return code.get_matrix()


def horizontal_runs(rows):
    """Triples (x, y, length): the dark squares of each row that lie side by side."""
    for y, row in enumerate(rows):
        x = 0
        for dark, run in groupby(row):
            length = len(list(run))
            if dark:
                yield x, y, length
            x += length


def svg_path(rows):
    """The same as the data of an SVG path, a square being one unit."""
    return "".join(f"M{x} {y}h{length}v1h-{length}z" for x, y, length in horizontal_runs(rows))
