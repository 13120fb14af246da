"""Admin of the entrances of the venue and of side rooms."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import Field, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from conference.core.admin.fields import annotate_form_field, per_language
from conference.core.admin.model_admin import RestrictedLookupsMixin
from conference.core.i18n.text import LocalizedText
from sessions.models import Session

from ...models import Category, CheckInDevice, Entrance


class CategoryChoiceField(forms.ModelMultipleChoiceField):
    """Choice of categories by their names in the active language."""

    def label_from_instance(self, category: Category) -> str:
        return str(LocalizedText.of(category, "name"))


class SessionChoiceField(forms.ModelChoiceField):
    """Choice of a session by its title in the active language."""

    def label_from_instance(self, session: Session) -> str:
        return str(LocalizedText.of(session, "title"))


@admin.register(Entrance)
class EntranceAdmin(RestrictedLookupsMixin, admin.ModelAdmin):
    list_display = ["name", "session_title", "capacity", "category_names", "is_open", "order"]
    list_select_related = ["session"]
    fieldsets = [
        (None, {"fields": [per_language("name"), "is_open", "order"]}),
        (_("Side room"), {"fields": ["session", "capacity"]}),
        (_("Categories"), {"fields": ["categories"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Entrance]:
        return super().get_queryset(request).prefetch_related("categories")

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **kwargs: Any) -> forms.Field | None:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and db_field.name in ("categories", "session"):
            # Both have pages of their own.
            field.widget.can_add_related = field.widget.can_change_related = field.widget.can_view_related = False
        return field and annotate_form_field(db_field, field)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs |= {"form_class": CategoryChoiceField, "widget": forms.CheckboxSelectMultiple}
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs |= {"form_class": SessionChoiceField, "queryset": Session.objects.order_by("starts_at", "title_en")}
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change=change, **{"form": EntranceAdminForm} | kwargs)

    def get_deleted_objects(self, objs: Iterable[Entrance], request: HttpRequest) -> tuple:
        """Refuse to delete entrances with check-ins, without listing thousands of them; devices go with the others."""
        is_used = Q(check_ins__isnull=False) | Q(devices__check_ins__isnull=False)
        used = Entrance.objects.filter(is_used, pk__in=[entrance.pk for entrance in objs]).distinct()
        if used:
            message = gettext("Check-ins of “%(name)s”: deselect “In use” instead of deleting the entrance.")
            return [], {}, set(), [message % {"name": entrance} for entrance in used]
        to_delete, counts, missing_permissions, protected = super().get_deleted_objects(objs, request)
        return to_delete, counts, missing_permissions - {str(CheckInDevice._meta.verbose_name)}, protected

    @admin.display(description=_("name"), ordering="name_en")
    def name(self, entrance: Entrance) -> str:
        return str(entrance)

    @admin.display(description=_("session"), ordering="session__starts_at")
    def session_title(self, entrance: Entrance) -> str:
        return str(LocalizedText.of(entrance.session, "title")) if entrance.session else "–"

    @admin.display(description=_("categories"))
    def category_names(self, entrance: Entrance) -> str:
        return ", ".join(str(LocalizedText.of(category, "name")) for category in entrance.categories.all()) or "–"


class EntranceAdminForm(forms.ModelForm):
    """Form that keeps the place of an entrance: its check-ins are counted there."""

    def clean_session(self) -> Session | None:
        session = self.cleaned_data["session"]
        is_moved = self.instance.pk and session != self.instance.session
        if is_moved and self.instance.check_ins.exists():
            raise ValidationError(_("People were checked in here already. Add another entrance for this place."))
        return session
