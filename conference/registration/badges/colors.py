"""Colours as #rrggbb, and their contrast (WCAG 2.2, 1.4.3)."""

import re

LIGHT, DARK = "#ffffff", "#000000"
# Level AA for text of any size.
MIN_CONTRAST = 4.5


def is_color(text: str) -> bool:
    return re.fullmatch("#[0-9a-fA-F]{6}", text) is not None


def parse_color(color: str) -> tuple[int, int, int]:
    return int(color[1:3], 16), int(color[3:5], 16), int(color[5:7], 16)


def relative_luminance(color: str) -> float:
    channels = [value / 255 for value in parse_color(color)]
    red, green, blue = (value / 12.92 if value <= 0.04045 else ((value + 0.055) / 1.055) ** 2.4 for value in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(first: str, second: str) -> float:
    lighter, darker = sorted((relative_luminance(first), relative_luminance(second)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


def text_color_on(background: str) -> str:
    """Return white or black, whichever has more contrast. It is at least 4.58 on every colour."""
    return max((LIGHT, DARK), key=lambda color: contrast(color, background))
