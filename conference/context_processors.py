from .core.polling import NotLoadedError
from .site_data import get_site_data as current_site


def conference(request):
    """What the frame of every page shows: names, menu, announcements; None where nothing is ready."""
    try:
        return {"site": current_site()}
    except NotLoadedError:
        return {"site": None}
