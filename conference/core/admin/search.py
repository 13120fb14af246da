"""Search of the admin's lists."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from conference.core.search import accent_insensitive_search


class SearchMixin(admin.ModelAdmin):
    """ModelAdmin mixin whose search ignores case, diacritics, punctuation and spaces, as everywhere on the site."""

    def get_search_results(self, request: HttpRequest, queryset: QuerySet, search_term: str) -> tuple[QuerySet, bool]:
        return accent_insensitive_search(queryset, self.search_fields, search_term), False
