"""Admin of badge layouts, with a preview of what the form contains."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conference.core.admin.model_admin import ContentModelAdmin, ContentModelForm, per_language
from conference.core.http import make_pdf_response, prefers_json
from speakers.images.forms import PictureAdminMixin, PictureForm, PictureFormField
from speakers.images.renditions import LOGO

from ...badges.colors import MIN_CONTRAST, contrast, is_color
from ...badges.content import sample_contents
from ...models import BadgeLayout
from ..base import admin_path, render_admin_page

PREVIEW_TEMPLATE = "admin/registration/badges/preview.html"
PREVIEW_FRAGMENT = "admin/registration/badges/_preview.html"
COLOR_FIELDS = ("background_color", "text_color", "heading_color")
SHOWN_FIELDS = (
    *("shows_organization", "shows_function", "shows_country", "shows_category"),
    *("shows_days", "shows_qr_code", "shows_photo", "shows_access_sign"),
)


class BadgeLayoutForm(ContentModelForm, PictureForm):
    picture_field = "logo"
    picture = PictureFormField(LOGO, label=_("logo"))

    class Meta:
        widgets = dict.fromkeys(COLOR_FIELDS, forms.ColorInput)

    def clean(self) -> dict[str, Any]:
        data = super().clean()
        text, background = data.get("text_color", ""), data.get("background_color", "")
        # Other entries are reported by the validators of the model.
        if is_color(text) and is_color(background) and contrast(text, background) < MIN_CONTRAST:
            message = gettext("This text is hard to read on this background. Choose colours with more contrast.")
            self.add_error("text_color", message)
        return data


@admin.register(BadgeLayout)
class BadgeLayoutAdmin(PictureAdminMixin, ContentModelAdmin):
    form = BadgeLayoutForm
    change_form_template = "admin/registration/badges/layout_form.html"
    list_display = ["name", "format", "language", "has_back"]
    list_filter = ["format"]
    search_fields = ["name"]
    fieldsets = [
        (None, {"fields": ["name", "format", "language", "has_back"]}),
        (_("Heading"), {"fields": ["picture", per_language("title")]}),
        (_("What is shown"), {"fields": SHOWN_FIELDS}),
        (_("Sizes and colours"), {"fields": [("name_size", "text_size"), COLOR_FIELDS]}),
        (_("Back"), {"fields": [per_language("wifi_text"), per_language("back_text")]}),
    ]

    class Media:
        css = {"all": ["css/registration-admin.css", "css/badges.css"]}
        js = ["js/badge-preview.js"]

    def get_urls(self) -> list[URLPattern]:
        return [
            admin_path(self, "preview/", preview_view, "preview", ("POST",)),
            admin_path(self, "<int:pk>/preview/", preview_view, "preview_saved", ("POST",)),
            *super().get_urls(),
        ]

    def changelist_view(self, request: HttpRequest, extra_context: dict | None = None) -> HttpResponse:
        """Show the layouts, and create the first one."""
        if request.method == "GET" and self.has_view_or_change_permission(request):
            BadgeLayout.get_default()
        return super().changelist_view(request, extra_context)

    def render_change_form(self, request: HttpRequest, context: dict, *args: Any, **kwargs: Any) -> HttpResponse:
        """Add the preview of the saved layout, and the URL that renders what is in the form."""
        # Imported here because the PDF libraries take 40 MB of memory and a third of a second.
        from ...badges.previews import get_sample, render_preview

        layout = kwargs.get("obj")
        url = (
            reverse("admin:registration_badgelayout_preview_saved", args=[layout.pk])
            if layout
            else reverse("admin:registration_badgelayout_preview")
        )
        saved = BadgeLayout.objects.get(pk=layout.pk) if layout else BadgeLayout()
        context |= {
            "preview_url": url,
            "samples": [(key, label) for key, (label, _content) in sample_contents().items()],
            "preview": render_preview(saved, get_sample("short")),
        }
        return super().render_change_form(request, context, *args, **kwargs)


def preview_view(model_admin: BadgeLayoutAdmin, request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Show a badge as entered in the form, with an example. Nothing is saved. With “pdf”, return a PDF of all examples.

    A logo that is not saved yet is a grey box.
    """
    if not (model_admin.has_view_or_change_permission(request) or model_admin.has_add_permission(request)):
        raise PermissionDenied
    layout = get_object_or_404(BadgeLayout, pk=pk) if pk else None
    form = build_form(model_admin, request, layout)
    is_valid = form.is_valid()
    if is_valid and "pdf" in request.POST:
        return render_sample_pdf(form.instance)
    context = {"title": gettext("Preview"), "form": form, "preview": None}
    if is_valid:
        from ...badges.previews import get_sample, render_preview

        context["preview"] = render_preview(form.instance, get_sample(request.POST.get("sample", "")))
    if prefers_json(request):
        return TemplateResponse(request, PREVIEW_FRAGMENT, context)
    return render_admin_page(model_admin, request, PREVIEW_TEMPLATE, context)


def build_form(model_admin: BadgeLayoutAdmin, request: HttpRequest, layout: BadgeLayout | None) -> BadgeLayoutForm:
    form_class = ContentModelAdmin.get_form(model_admin, request, layout, change=layout is not None)
    form = form_class(request.POST, instance=layout)
    # The name is not on the badge, so that a new layout without one can be previewed.
    form.fields["name"].required = False
    return form


def render_sample_pdf(layout: BadgeLayout) -> HttpResponse:
    from ...badges.layout import BadgeFields
    from ...badges.pdf import render_badges_pdf

    badges = [(BadgeFields(layout, content), None) for _label, content in sample_contents().values()]
    return make_pdf_response(render_badges_pdf(layout, badges), "badge-test.pdf")
