"""Description of stored image files."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ImageRendition:
    """One file of a picture. path is relative to the media root, type is a MIME type, sizes are in pixels."""

    path: str
    type: str
    width: int
    height: int
