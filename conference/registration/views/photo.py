"""An attendee's photo for the badge: upload, replacement, deletion."""

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ..badges.photos import BadgePhotoForm, delete_photo, save_photo
from ..models import BadgePhoto
from .decorators import attendee_login_required, get_own_registration


@attendee_login_required
@require_http_methods(["GET", "HEAD", "POST"])
def photo_page(request: HttpRequest) -> HttpResponse:
    registration = get_own_registration(request)
    if registration is None:
        return redirect("registration:dashboard")
    form = BadgePhotoForm()
    if request.method == "POST":
        if "delete" in request.POST:
            delete_photo(registration)
            messages.success(request, _("Your photo was deleted."))
            return redirect("registration:photo")
        form = BadgePhotoForm(request.POST, request.FILES)
        if form.is_valid():
            save_photo(registration, form.cleaned_data["photo"])
            messages.success(request, _("Your photo was saved."))
            return redirect("registration:photo")
    photo = BadgePhoto.objects.filter(registration=registration).defer("data").first()
    context = {"section": "register", "form": form, "photo": photo}
    return render(request, "registration/photo.html", context)


@attendee_login_required
@require_safe
def photo_file(request: HttpRequest) -> HttpResponse:
    """Return the user's own photo."""
    photo = BadgePhoto.objects.filter(registration__user=request.user.pk).first()
    if photo is None:
        raise Http404
    return HttpResponse(bytes(photo.data), content_type="image/jpeg")
