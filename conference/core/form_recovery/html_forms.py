"""Forms in an HTML page: reading their controls, and filling in values without changing anything else."""

import html
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from html.parser import HTMLParser
from itertools import accumulate

from django.utils.datastructures import MultiValueDict

Attributes = dict[str, str | None]
# Returns the label of an option that the page does not list, from the attributes of the select element and the value.
OptionLabel = Callable[[Attributes, str], str]

BUTTON_TYPES = {"submit", "button", "image", "reset"}
# Browsers keep neither files nor passwords, and this code does not either.
UNFILLED_TYPES = BUTTON_TYPES | {"file", "password"}


@dataclass
class Tag:
    """A start tag. start and end are its offsets in the page."""

    name: str
    attributes: Attributes
    start: int
    end: int

    def get(self, name: str) -> str:
        return self.attributes.get(name) or ""

    def render(self, **changes: str | bool) -> str:
        """Return the tag with changed attributes: True sets an attribute without a value, False removes it."""
        attributes = {name: value for name, value in self.attributes.items() if changes.get(name) is not False}
        attributes |= {name: None if value is True else value for name, value in changes.items() if value is not False}
        parts = (name if value is None else f'{name}="{html.escape(value)}"' for name, value in attributes.items())
        return f"<{' '.join([self.name, *parts])}>"


@dataclass
class Control:
    """An input, textarea, select or button. close is the offset of the end tag, if there is one."""

    tag: Tag
    content: str = ""
    close: int = 0
    options: list[Tag] = field(default_factory=list)

    @property
    def name(self) -> str:
        return self.tag.get("name")

    @property
    def type(self) -> str:
        if self.tag.name == "button":
            return (self.tag.get("type") or "submit").lower()
        return (self.tag.get("type") or "text").lower() if self.tag.name == "input" else self.tag.name

    @property
    def values(self) -> list[str]:
        """The values that a browser submits for the control as it is rendered. A button submits nothing."""
        if self.type in UNFILLED_TYPES:
            return []
        if self.tag.name == "textarea":
            return [self.content.removeprefix("\n")]
        if self.tag.name == "select":
            selected = [option for option in self.options if "selected" in option.attributes]
            first = [] if "multiple" in self.tag.attributes else self.options[:1]
            return [option.get("value") for option in selected or first]
        if self.type in ("checkbox", "radio"):
            return [self.checked_value] if "checked" in self.tag.attributes else []
        return [self.tag.get("value")]

    @property
    def checked_value(self) -> str:
        return self.tag.get("value") if "value" in self.tag.attributes else "on"


@dataclass
class Form:
    tag: Tag
    # The details elements around it, which must be open for the form to be visible.
    details: list[Tag]
    controls: list[Control] = field(default_factory=list)

    @property
    def is_post(self) -> bool:
        return self.tag.get("method").lower() == "post"

    @property
    def names(self) -> set[str]:
        return {control.name for control in self.controls}

    @property
    def data(self) -> dict[str, list[str]]:
        """What a browser submits for the form as it is rendered, without its buttons."""
        data: dict[str, list[str]] = {}
        for control in self.controls:
            if control.name and control.values:
                data.setdefault(control.name, []).extend(control.values)
        return data

    def count_matches(self, data: MultiValueDict) -> tuple[int, int]:
        """Return how many of the names the form has, and how many of its hidden values are equal."""
        hidden = [control for control in self.controls if control.type == "hidden"]
        equal = sum(control.tag.get("value") in data.getlist(control.name) for control in hidden)
        return len(self.names & data.keys()), equal


class FormParser(HTMLParser):
    """Collects the forms of a page, with the offsets of their controls."""

    def __init__(self, page: str):
        super().__init__()
        self.page = page
        self.line_offsets = [0, *accumulate(len(line) + 1 for line in page.split("\n"))]
        self.forms: list[Form] = []
        self.form: Form | None = None
        self.control: Control | None = None
        self.details: list[Tag] = []
        self.outside: list[Control] = []
        self.feed(page)
        self.close()
        self.add_controls_outside()

    @property
    def position(self) -> int:
        line, column = self.getpos()
        return self.line_offsets[line - 1] + column

    def handle_starttag(self, name: str, attrs: list[tuple[str, str | None]]) -> None:
        start = self.position
        tag = Tag(name, dict(attrs), start, start + len(self.get_starttag_text() or ""))
        if name == "form":
            self.form = Form(tag, list(self.details))
            self.forms.append(self.form)
        elif name == "details":
            self.details.append(tag)
        elif name == "option" and self.control:
            self.control.options.append(tag)
        elif name in ("input", "textarea", "select", "button"):
            self.add_control(Control(tag))

    def add_control(self, control: Control) -> None:
        if "form" in control.tag.attributes or self.form is None:
            self.outside.append(control)
        else:
            self.form.controls.append(control)
        if control.tag.name in ("textarea", "select"):
            self.control = control

    def handle_endtag(self, name: str) -> None:
        if name == "form":
            self.form = None
        elif name == "details" and self.details:
            self.details.pop()
        elif self.control and name == self.control.tag.name:
            self.control.close = self.position
            self.control.content = html.unescape(self.page[self.control.tag.end : self.position])
            self.control = None

    def add_controls_outside(self) -> None:
        """Add controls that name their form by its id."""
        forms = {form.tag.get("id"): form for form in self.forms}
        for control in self.outside:
            if owner := forms.get(control.tag.get("form")):
                owner.controls.append(control)


def parse_forms(page: str) -> list[Form]:
    return FormParser(page).forms


@dataclass
class FilledPage:
    """A page with values filled in. missing are the names of values for which it has no control."""

    content: str
    missing: set[str]


def fill_page(page: str, data: MultiValueDict, notice: str, get_label: OptionLabel) -> FilledPage | None:
    """Fill the values into the form of the page that matches them best, and put the notice in front of it.

    Hidden inputs are filled too, so that a version token stays that of the page on which the values were entered. The
    CSRF token is left as it is. Return None if the page has no matching form.
    """
    forms = [form for form in parse_forms(page) if form.is_post and form.names & data.keys()]
    if not forms:
        return None
    form = max(forms, key=lambda candidate: candidate.count_matches(data))
    edits = [(form.tag.start, form.tag.start, notice)]
    edits += [(tag.start, tag.end, tag.render(open=True)) for tag in form.details]
    unused = {name: list(data.getlist(name)) for name in data}
    for control in form.controls:
        edits += fill_control(control, data, unused, get_label)
    return FilledPage(apply_edits(page, edits), {name for name in data if any(data.getlist(name))} - form.names)


def fill_control(
    control: Control, data: MultiValueDict, unused: dict[str, list[str]], get_label: OptionLabel
) -> Iterable[tuple[int, int, str]]:
    """Return the changes of the page: (start, end, replacement). Values of equal names are used in their order."""
    tag, name = control.tag, control.name
    if not name or name == "csrfmiddlewaretoken" or control.type in UNFILLED_TYPES or "disabled" in tag.attributes:
        return []
    submitted = data.getlist(name)
    if control.type in ("checkbox", "radio"):
        return [(tag.start, tag.end, tag.render(checked=control.checked_value in submitted))]
    if control.type == "select":
        return fill_select(control, submitted, get_label) if submitted or "multiple" in tag.attributes else []
    if not unused.get(name):
        return []
    value = unused[name].pop(0)
    if control.type == "textarea":
        # Parsers drop a line break directly after the start tag.
        return [(tag.end, control.close, "\n" + html.escape(value))]
    return [(tag.start, tag.end, tag.render(value=value))]


def fill_select(control: Control, values: list[str], get_label: OptionLabel) -> list[tuple[int, int, str]]:
    edits = [
        (option.start, option.end, option.render(selected=option.get("value") in values)) for option in control.options
    ]
    listed = {option.get("value") for option in control.options}
    added = [
        Tag("option", {"value": value, "selected": None}, 0, 0).render()
        + f"{html.escape(get_label(control.tag.attributes, value))}</option>"
        for value in values
        if value not in listed
    ]
    return [*edits, (control.close, control.close, "".join(added))]


def apply_edits(page: str, edits: Iterable[tuple[int, int, str]]) -> str:
    parts, position = [], 0
    for start, end, replacement in sorted(edits):
        parts += [page[position:start], replacement]
        position = end
    return "".join([*parts, page[position:]])
