"""Data of stored images."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageRendition:
    """One file of a picture; path is relative to the media root, width and height are in pixels."""

    path: str
    type: str
    width: int
    height: int
