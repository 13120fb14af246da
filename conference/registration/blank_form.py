"""The form that nobody has typed anything into yet is the same for everybody: it is made once for each language, and
for what it says of seats, and handed out with the mark (CSRF) of whoever asks for it."""

from dataclasses import dataclass

from django.contrib.auth.models import AnonymousUser
from django.http import HttpResponse
from django.middleware.csrf import get_token
from django.template.loader import render_to_string
from django.utils.crypto import get_random_string
from django.utils.translation import get_language

from sessions import live
from sessions.published import pages, saves_data
from sessions.shelf import Shelf

# What stands for the mark until the form is handed out; nothing that an organizer writes can contain it.
MARK = get_random_string(40)

forms = Shelf(1_000_000)
# What they tell of the conference turns when it does on every other page.
forms.turns = pages.turns
live.changed.append(forms.clear)


@dataclass(frozen=True)
class Blank:
    """A page in parts, as bytes: between any two belongs the mark."""

    parts: list

    @property
    def size(self):
        return sum(map(len, self.parts))


def blank_form(request, told, template, context):
    """An answer to whoever asks. told is everything that context() says in the page beside what the process itself
    knows, as something that can be compared. Nothing of the person is in it."""
    address = (request.path_info, saves_data(request.META), get_language(), told)
    blank = forms.keep(address, lambda: _made(request, template, context()))
    return HttpResponse(get_token(request).encode().join(blank.parts))


def _made(request, template, context):
    of_nobody = {"user": AnonymousUser(), "messages": (), "csrf_token": MARK}
    page = render_to_string(template, context | of_nobody, request)
    return Blank(page.encode().split(MARK.encode()))
