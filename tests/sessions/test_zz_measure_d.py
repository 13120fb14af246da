import datetime, time, resource, pytest
from tests import cast
from sessions import exporting
from sessions.importing import rehearse, carry_out
from sessions.models import Session
@pytest.mark.django_db
def test_m(capsys):
    cast.a_conference()
    from speakers.models import Speaker
    from sessions.models import Participation, Room, Theme
    rooms=[cast.a_room(f"Room {i}x") for i in range(10)]; sp=[cast.a_speaker(f"Sp {i}x") for i in range(400)]; th=[cast.a_theme(f"Th {i}x", sign="x") for i in range(5)]
    for i in range(900):
        cast.a_session(f"S {i}x", room=rooms[i%10], themes=[th[i%5]], description_en="words "*100, parts=[("chair",sp[i%400]),("panellist",sp[(i+7)%400])])
    t=time.time(); data=exporting.as_xlsx(exporting.edited(), cast.HA_NOI); out=[("export",time.time()-t,len(data))]
    t=time.time(); rehearse(data); out.append(("same dry",time.time()-t))
    Session.objects.all().delete()
    t=time.time(); o=rehearse(data); out.append(("dry",time.time()-t))
    t=time.time(); carry_out(data, digest=o.digest); out.append(("apply",time.time()-t))
    out.append(("rss MB", resource.getrusage(resource.RUSAGE_SELF).ru_maxrss/1024))
    with capsys.disabled(): print(out)
