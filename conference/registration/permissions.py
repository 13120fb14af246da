"""What of a registration is for whom: whoever decides or corrects sees all of it but needs and diet; whoever may only
look sees who comes, for whom, and when."""

# Of the facts, what is no more than the badge and the programme show.
BASIC_FIELDS = ("badge_name", "country", "organization", "function", "category", "languages")


def can_view_all_fields(user):
    return any(user.has_perm(f"registration.{permission}") for permission in ("change_registration", "decide"))
