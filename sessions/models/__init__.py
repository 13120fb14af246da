"""Models of the programme: the draft that organizers edit, and the releases that the public reads."""

from .draft import Participation, Room, Session, SessionLink, Theme
from .editions import Edition
from .releases import Release

__all__ = ["Edition", "Participation", "Release", "Room", "Session", "SessionLink", "Theme"]
