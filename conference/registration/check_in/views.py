"""Pages and actions of check-in. Each answers with a page, or with JSON if the request prefers it."""

import uuid
from typing import Any

from django.contrib.auth import logout
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from conference.accounts.decorators import personal_page
from conference.core.http import prefers_json

from ..models import CheckIn, Entrance, Verdict
from ..states import InvalidTransitionError
from . import devices
from .access import Access, check_in_view
from .answers import Answer, build_answer, build_recorded_answer, build_refusal
from .codes import read_text
from .config import build_config
from .forms import CheckInForm, ScanForm
from .people import find_people
from .recording import CheckInRequest, IdentityInUseError, record_check_in, undo_check_in

ADD_ENTRANCE = "registration.add_entrance"


@require_safe
@check_in_view
def page(request: HttpRequest, access: Access) -> HttpResponse:
    """Show the scanner; without scripts, a form for one code, number or name."""
    initial = {"entrance": request.GET.get("entrance"), "direction": request.GET.get("direction", "in")}
    return render_page(request, access, ScanForm(access=access, initial=initial))


def render_page(
    request: HttpRequest, access: Access, form: ScanForm, status: int = 200, **context: Any
) -> HttpResponse:
    context |= {
        "access": access,
        "form": form,
        "number": uuid.uuid4(),
        "entrance": find_chosen_entrance(form, access),
        "can_add_entrance": request.user.has_perm(ADD_ENTRANCE) and access.device is None,
        "config": build_config(request, access),
    }
    return render(request, "check_in/page.html", context, status=status)


def find_chosen_entrance(form: ScanForm, access: Access) -> Entrance | None:
    """Return the entrance that the form shows as chosen, or else the first one."""
    chosen = str(form["entrance"].value() or "")
    by_key = {str(entrance.pk): entrance for entrance in access.entrances}
    return by_key.get(chosen) or next(iter(access.entrances), None)


@require_POST
@check_in_view
def scan(request: HttpRequest, access: Access) -> HttpResponse:
    """Check in the person of a code or of a search result, or show the results of a search."""
    form = ScanForm(request.POST, access=access)
    if not form.is_valid():
        return refuse_form(request, access, form)
    registration, ticket = form.find_registration(), None
    if form.cleaned_data["registration"] is None:
        read = read_text(form.cleaned_data["code"])
        if read.is_search:
            return show_people(request, access, form)
        if read.ticket is None:
            return show_answer(request, access, form, build_refusal(read.refusal))
        ticket, registration = read.ticket, read.ticket.registration
    if registration is None:
        return refuse_erased(request, access, form)
    data = form.cleaned_data
    check_in = CheckInRequest(
        form.make_check_in_id(registration, is_script=prefers_json(request)),
        registration,
        data["entrance"],
        access.operator,
        ticket,
        data["direction"],
        override_reason=data["override_reason"],
        note=data["note"],
    )
    try:
        result = record_check_in(check_in)
    except IdentityInUseError as error:
        return show_error(request, str(error), 409)
    except ObjectDoesNotExist:
        return refuse_erased(request, access, form)
    return show_answer(request, access, form, build_answer(result, access, data["entrance"], ticket))


def refuse_form(request: HttpRequest, access: Access, form: ScanForm) -> HttpResponse:
    """Explain what is wrong with a form; the page keeps what was typed."""
    if form.is_forbidden:
        if not prefers_json(request):
            raise PermissionDenied(_("You may not let people in against the rules."))
        return JsonResponse({"error": form.errors["override_reason"][0]}, status=403)
    if prefers_json(request):
        errors = {name: list(messages) for name, messages in form.errors.items()}
        return JsonResponse({"error": next(iter(errors.values()))[0], "errors": errors}, status=400)
    return render_page(request, access, form, status=400)


def refuse_erased(request: HttpRequest, access: Access, form: ScanForm) -> HttpResponse:
    form.add_error("code", _("This person is not registered any more."))
    return refuse_form(request, access, form)


def show_people(request: HttpRequest, access: Access, form: ScanForm) -> HttpResponse:
    people = find_people(form.cleaned_data["code"], access, form.cleaned_data["entrance"])
    if prefers_json(request):
        return JsonResponse(
            build_refusal(Verdict.UNKNOWN).as_json() | {"people": [person.as_json() for person in people]}
        )
    return render_page(request, access, form, people=people, has_searched=True)


def show_answer(request: HttpRequest, access: Access, form: ScanForm | None, answer: Answer) -> HttpResponse:
    if prefers_json(request):
        return JsonResponse(answer.as_json())
    # The next person is entered in an empty form.
    empty = ScanForm(access=access, initial=form.cleaned_data | {"code": ""} if form else {})
    return render_page(request, access, empty, answer=answer, reason_form=form)


@require_POST
@check_in_view
def people(request: HttpRequest, access: Access) -> HttpResponse:
    """Return the people who match the words in the field q. It is no GET, so that no log holds their names."""
    entrance = find_entrance(request, access)
    if entrance is None:
        return JsonResponse({"error": _("Choose an entrance.")}, status=400)
    results = find_people(request.POST.get("q", ""), access, entrance)
    return JsonResponse({"people": [person.as_json() for person in results]})


def find_entrance(request: HttpRequest, access: Access) -> Entrance | None:
    """Return the entrance that a request names, or else the first one of the user or device."""
    key = request.POST.get("entrance")
    entrances = [entrance for entrance in access.entrances if not key or str(entrance.pk) == key]
    return entrances[0] if entrances else None


@require_POST
@check_in_view
def undo(request: HttpRequest, access: Access) -> HttpResponse:
    """Undo a check-in, or explain why that is not possible (status 409)."""
    check_in = get_check_in(request)
    if not access.can_undo(check_in):
        message = _("Only a supervisor may undo a check-in that someone else has recorded.")
        return show_error(request, message, 403)
    try:
        check_in = undo_check_in(check_in, access.operator)
    except InvalidTransitionError as error:
        return show_error(request, str(error), 409)
    return show_answer(request, access, None, build_recorded_answer(check_in, access))


@require_POST
@check_in_view
def note(request: HttpRequest, access: Access) -> HttpResponse:
    """Save the note of a check-in: one's own, or any one by a supervisor."""
    check_in = get_check_in(request)
    if not access.can_undo(check_in):
        message = _("Only a supervisor may change the note of a check-in that someone else has recorded.")
        return show_error(request, message, 403)
    form = CheckInForm(request.POST)
    if not form.is_valid():
        return show_error(request, next(iter(form.errors.values()))[0], 400)
    CheckIn.objects.filter(pk=check_in.pk).update(note=form.cleaned_data["note"])
    check_in.note = form.cleaned_data["note"]
    return show_answer(request, access, None, build_recorded_answer(check_in, access))


def get_check_in(request: HttpRequest) -> CheckIn:
    """Return the check-in that the request names. Raises Http404."""
    form = CheckInForm(request.POST)
    form.is_valid()
    check_in = form.find_check_in() if "check_in" in form.cleaned_data else None
    if check_in is None:
        raise Http404
    return check_in


def show_error(request: HttpRequest, message: str, status: int) -> HttpResponse:
    if prefers_json(request):
        return JsonResponse({"error": message}, status=status)
    return render(request, "check_in/error.html", {"message": message}, status=status)


@require_POST
@personal_page
def sign_out(request: HttpRequest) -> HttpResponse:
    """End the access of this browser as a device, or else that of the user, and delete the list of people."""
    device = devices.load_device(request)
    if device is None:
        logout(request)
    is_json = prefers_json(request)
    response = JsonResponse({}) if is_json else render(request, "check_in/signed_out.html", {"device": device})
    devices.erase_browser_data(response)
    return response


@require_POST
@check_in_view
def add_main_entrance(request: HttpRequest, access: Access) -> HttpResponse:
    """Create the first entrance, for events that have only one."""
    if access.device or not request.user.has_perm(ADD_ENTRANCE):
        raise PermissionDenied(_("You do not have permission to add entrances."))
    if not Entrance.objects.exists():
        Entrance.objects.create(name_en="Main entrance", name_vi="Cổng chính")
    return redirect("check_in:page")
