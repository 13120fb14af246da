from sessions.live import NotReady
from sessions.published import saves_data

from .site import site as current_site


def site(request):
    """What the frame of every page shows: names, menu, announcements, None where nothing is ready; and whether it is
    that of the light edition."""
    try:
        said = current_site()
    except NotReady:
        said = None
    return {"site": said, "saves_data": saves_data(request.META)}
