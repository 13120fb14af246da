"""Invitations of organizers in the admin: sending, sending again and revoking."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from conference.accounts.email_ownership import find_owner
from conference.accounts.invitations import revoke_invitations, send_invitation
from conference.accounts.models import Invitation
from conference.core.form_fields import EmailAddressField
from conference.permissions import group_label


class GroupChoiceField(forms.ModelMultipleChoiceField):
    """Choice of groups by their names in the active language."""

    def label_from_instance(self, group: Group) -> str:
        return group_label(group.name)


class InvitationForm(forms.ModelForm):
    class Meta:
        model = Invitation
        fields = ["name", "email", "groups", "is_superuser"]
        field_classes = {"email": EmailAddressField}

    def clean_email(self) -> str:
        email = self.cleaned_data["email"]
        if Invitation.objects.open().filter(email__iexact=email).exists():
            raise ValidationError(_("This person is invited already. Send that invitation again, or revoke it."))
        owner = find_owner(email)
        if owner and not owner.is_active:
            raise ValidationError(_("The account with this address is closed. Open it again first."))
        if owner and owner.is_staff:
            raise ValidationError(_("This person is an organizer already. Change the groups of the account."))
        return email

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("groups") and not data.get("is_superuser") and not self.has_error("groups"):
            self.add_error("groups", _("Choose at least one group."))
        return data


@admin.register(Invitation)
class InvitationAdmin(admin.ModelAdmin):
    """Adding an invitation sends it. An invitation that was sent cannot be changed."""

    form = InvitationForm
    list_display = ["name", "email", "roles", "status", "sent_at", "invited_by"]
    list_select_related = ["invited_by"]
    search_fields = ["name", "email"]
    fields = ["name", "email", "groups", "is_superuser"]
    actions = ["send_again", "revoke"]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Invitation]:
        return super().get_queryset(request).prefetch_related("groups")

    def get_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        if obj:
            return [*self.fields, "status", "sent_at", "accepted_at", "revoked_at", "invited_by"]
        return [name for name in self.fields if name != "is_superuser" or request.user.is_superuser]

    def get_readonly_fields(self, request: HttpRequest, obj: Invitation | None = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Offer the groups whose permissions the user has, so that nobody gives away more than that."""
        groups = Group.objects.prefetch_related("permissions__content_type")
        allowed = [group.pk for group in groups if may_give(request.user, group)]
        kwargs |= {
            "form_class": GroupChoiceField,
            "queryset": Group.objects.filter(pk__in=allowed),
            "widget": forms.CheckboxSelectMultiple,
        }
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if db_field.name == "groups":
            # Groups have a page of their own.
            field.widget.can_add_related = False
        return field

    def has_add_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("auth.add_user")

    def has_view_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return request.user.has_perm("auth.add_user")

    def has_change_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Invitation | None = None) -> bool:
        return request.user.has_perm("auth.add_user")

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("auth.add_user")

    def save_model(self, request: HttpRequest, obj: Invitation, form: forms.ModelForm, change: bool) -> None:
        obj.invited_by = request.user
        send_invitation(obj)

    @admin.action(description=_("Send again"), permissions=["add"])
    def send_again(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        invitations = list(Invitation.objects.open().filter(pk__in=queryset.values("pk")))
        for invitation in invitations:
            send_invitation(invitation)
        number = len(invitations)
        message = ngettext("%(n)d invitation was sent again.", "%(n)d invitations were sent again.", number)
        messages.success(request, message % {"n": number})

    @admin.action(description=_("Revoke"), permissions=["add"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        number = revoke_invitations(Invitation.objects.filter(pk__in=queryset.values("pk")))
        message = ngettext("%(n)d invitation was revoked.", "%(n)d invitations were revoked.", number)
        messages.success(request, message % {"n": number})

    @admin.display(description=_("role"))
    def roles(self, invitation: Invitation) -> str:
        names = [group_label(group.name) for group in invitation.groups.all()]
        return ", ".join([str(_("Administrator")), *names] if invitation.is_superuser else names)

    @admin.display(description=_("status"))
    def status(self, invitation: Invitation) -> str:
        return str(invitation.status.label)


def may_give(user: Any, group: Group) -> bool:
    """Return whether the user has all permissions of the group."""
    if isinstance(user, User) and user.is_superuser:
        return True
    return user.has_perms(
        f"{permission.content_type.app_label}.{permission.codename}" for permission in group.permissions.all()
    )
