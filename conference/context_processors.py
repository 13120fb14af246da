from sessions.live import NotReady

from .site import site as current_site


def site(request):
    """What the frame of every page shows: names, menu, announcements; None where nothing is ready."""
    try:
        return {"site": current_site()}
    except NotReady:
        return {"site": None}
