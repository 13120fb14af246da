"""Models of the programme: the draft that organizers edit, and the releases that the public reads."""

from .draft import Participation, Room, Session, SessionLink, Theme
from .releases import Release

__all__ = ["Participation", "Release", "Room", "Session", "SessionLink", "Theme"]
