"""A camera for Chromium that shows QR codes: a file of one picture, which the browser reads again and again."""

from conference.core import qr

WIDTH, HEIGHT = 640, 480
HEADER = f"YUV4MPEG2 W{WIDTH} H{HEIGHT} F10:1 Ip A1:1 C420jpeg\nFRAME\n".encode()
WHITE, BLACK, GREY = 235, 16, 128
MODULE = 7


class FakeCamera:
    """The file may be changed while the browser uses it, because its size stays the same."""

    def __init__(self, file):
        self.file = file
        self.show_nothing()

    @property
    def flags(self):
        return [
            "--use-fake-device-for-media-stream",
            "--use-fake-ui-for-media-stream",
            f"--use-file-for-fake-video-capture={self.file}",
        ]

    def show_nothing(self):
        self.write([])

    def show(self, text):
        """Show the QR code of a text in the middle of the picture."""
        self.write(qr.build_matrix(text))

    def write(self, matrix):
        brightness = bytearray([WHITE]) * (WIDTH * HEIGHT)
        left, top = (WIDTH - len(matrix) * MODULE) // 2, (HEIGHT - len(matrix) * MODULE) // 2
        for y, row in enumerate(matrix):
            line = b"".join(bytes([BLACK if is_dark else WHITE]) * MODULE for is_dark in row)
            for offset in range(MODULE):
                start = (top + y * MODULE + offset) * WIDTH + left
                brightness[start : start + len(line)] = line
        colors = bytes([GREY]) * (WIDTH * HEIGHT // 2)
        mode = "r+b" if self.file.exists() else "wb"
        with open(self.file, mode) as output:
            output.write(HEADER + brightness + colors)
