"""Change forms of the admin, as a browser opens and submits them."""

from django.urls import reverse

from conference.core.versioning.edit_merging import get_field_post_data


def change_url(instance):
    return reverse(f"admin:{instance._meta.app_label}_{instance._meta.model_name}_change", args=[instance.pk])


def open_form(client, instance):
    """Return what a browser would submit for the unedited form of an object."""
    return get_form_data(client.get(change_url(instance)))


def get_form_data(response):
    """Return what a browser would submit for the form on a page."""
    forms = [response.context["adminform"].form]
    for inline in response.context["inline_admin_formsets"]:
        forms += [inline.formset.management_form, *inline.formset.forms]
    data = {"token": response.context["token"]}
    for bound in (bound for form in forms for bound in form):
        data |= {name: values for name, values in get_field_post_data(bound).items() if values}
    return data


def has_conflict(response):
    return response.status_code == 200 and "another person changed this entry" in response.content.decode()


def get_conflicts(response):
    """Return {label: (theirs, yours)} of the conflicts on a page."""
    return {field.label: (field.theirs, field.yours) for field in response.context["edit_conflict"].conflicts}
