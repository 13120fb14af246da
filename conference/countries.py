"""The countries, territories and international organizations that organizers have changed or added.

Edits are public immediately, without a release. Pages read the list from memory; it is refreshed within a second.
"""

from collections.abc import Hashable, Iterator

from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_countries.data import COUNTRIES
from simple_history.models import HistoricalRecords

from .core.i18n.countries import CountryEntry, CountryGroup, CountryList, get_builtin_entries, get_builtin_list
from .core.i18n.country_fields import CODE_LENGTH
from .core.i18n.names import make_loose_key
from .core.i18n.text import LocalizedText
from .core.page_cache import register_version
from .core.polling import NotLoadedError, PolledValue, get_tables_version

# Codes that ISO 3166-1 leaves to users.
USER_ASSIGNED_CODE = RegexValidator(r"^(AA|Q[M-Z]|X[A-Z]|ZZ)$")


def validate_country_code(code: str) -> None:
    if code.upper() not in COUNTRIES and not USER_ASSIGNED_CODE.regex.match(code.upper()):
        message = _(
            "Enter a code of ISO 3166-1, such as VN. For other entries choose a free code: AA, QM to QZ, XA to XZ, ZZ."
        )
        raise ValidationError(message, code="country_code")


class CountryQuerySet(models.QuerySet["Country"]):
    def load_list(self) -> CountryList:
        """Return the built-in list with these changes and additions, with one query."""
        return CountryList(country.to_entry() for country in self)


class Country(models.Model):
    """A country, territory or international organization that organizers have changed or added.

    There is no row for the others, which are as built in (conference.core.i18n.countries).
    """

    optional_translations = frozenset({"name"})

    code = models.CharField(
        _("code"),
        max_length=CODE_LENGTH,
        primary_key=True,
        validators=[validate_country_code],
        help_text=_("Two letters of ISO 3166-1, such as VN. Other entries have a free code from XA to XZ."),
    )
    name_en = models.CharField(_("name (English)"), max_length=100, blank=True)
    name_vi = models.CharField(_("name (Vietnamese)"), max_length=100, blank=True)
    group = models.CharField(
        _("group"), max_length=20, choices=CountryGroup.choices, default=CountryGroup.TERRITORY.value
    )
    is_hidden = models.BooleanField(
        _("hidden"),
        default=False,
        help_text=_("Not offered in the registration form. Existing registrations and speakers keep it."),
    )
    aliases = models.TextField(
        _("other names"),
        max_length=1000,
        blank=True,
        help_text=_("Names that imports recognize, in any language, one per line."),
    )
    updated_at = models.DateTimeField(auto_now=True)
    objects = CountryQuerySet.as_manager()
    history = HistoricalRecords()

    class Meta:
        ordering = ["code"]
        verbose_name = _("country or territory")
        verbose_name_plural = _("countries and territories")
        constraints = [
            models.UniqueConstraint(fields=[name], condition=~models.Q(**{name: ""}), name=f"unique_country_{name}")
            for name in ("name_en", "name_vi")
        ]

    def __str__(self) -> str:
        return str(self.to_entry().name) or self.code

    @classmethod
    def from_entry(cls, entry: CountryEntry) -> "Country":
        """Return an unsaved row that changes nothing about a built-in entry."""
        return cls(code=entry.code, group=entry.group, is_hidden=entry.is_hidden)

    @property
    def builtin(self) -> CountryEntry | None:
        return get_builtin_entries().get(self.code)

    def to_entry(self) -> CountryEntry:
        """Return the entry: an empty name is the built-in one, and the built-in aliases stay."""
        name, aliases = LocalizedText.of(self, "name"), self.list_aliases()
        if self.builtin:
            name = LocalizedText({**self.builtin.name.by_language, **name.by_language})
            aliases += self.builtin.aliases
        return CountryEntry(self.code, name, CountryGroup(self.group), self.is_hidden, aliases)

    def list_aliases(self) -> tuple[str, ...]:
        return tuple(filter(None, map(str.strip, self.aliases.splitlines())))

    def clean(self) -> None:
        """Check that no name is missing, and that no other entry has one of the names, not even a replaced one."""
        self.code = self.code.upper()
        others = Country.objects.exclude(pk=self.pk).load_list()
        errors = {field: list(messages) for field, messages in self.find_name_conflicts(others)}
        if not self.builtin and not self.name_en.strip():
            errors["name_en"] = [gettext("Enter a name.")]
        if errors:
            raise ValidationError(errors)

    def find_name_conflicts(self, others: CountryList) -> Iterator[tuple[str, list[str]]]:
        """Yield the fields with names that entries with other codes have, and messages about them."""
        taken = {key: code for key, code in others.map_reserved_names().items() if code != self.code}
        message = gettext("“%(name)s” is already a name of “%(other)s” (%(code)s).")
        for field, names in (
            ("name_en", (self.name_en,)),
            ("name_vi", (self.name_vi,)),
            ("aliases", self.list_aliases()),
        ):
            codes = {name: taken[key] for name in names if (key := make_loose_key(name)) in taken}
            if codes:
                yield (
                    field,
                    [
                        message % {"name": name, "other": others.entries[code].name, "code": code}
                        for name, code in codes.items()
                    ],
                )

    def validate_constraints(self, exclude: set[str] | None = None) -> None:
        """Do nothing: clean() checks more, and says which entry has the name."""


def get_countries_version() -> Hashable:
    return get_tables_version({Country: "updated_at"})


def load_countries() -> CountryList:
    return Country.objects.all().load_list()


countries_value = PolledValue(get_countries_version, load_countries)


def get_current_list() -> CountryList:
    """Return the current list, or the built-in one if the database has not answered yet."""
    try:
        return countries_value.get()
    except NotLoadedError:
        return get_builtin_list()


@register_version
def get_list_generation() -> Hashable:
    """Return a version that changes with each edit. It is read from memory only."""
    return countries_value.generation if countries_value.is_loaded else None


def refresh_countries() -> None:
    """Reload the list immediately if it has changed."""
    countries_value.refresh()
