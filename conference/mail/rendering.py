"""Rendering of e-mail templates, Markdown with placeholders in braces, as subject, plain text and HTML.

Values are inserted in one pass after Markdown is parsed, so a value is never read as Markdown, HTML or a placeholder.
Mail programs turn text that looks like an address into a link. To prevent that in the input of attendees, an invisible
word joiner (U+2060) is added to such text.
"""

import re
import unicodedata
from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it.token import Token

from conference.core.markdown import build_parser, to_html

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Other text in braces is probably a misspelled placeholder.
ANY_BRACES = re.compile(r"\{([^{}\n]*)\}")

# While Markdown is parsed, a placeholder is replaced by its number between two private-use characters. In URLs the
# parser percent-encodes them.
MARKER_START, MARKER_END = "\ue000", "\ue001"
MARKER_IN_URL = r"%EE%80%80(\d+)%EE%80%81"
MARKER_IN_TEXT = rf"{MARKER_START}(\d+){MARKER_END}"
MARKER_IN_HTML = re.compile(rf'href="{MARKER_IN_URL}"|<p>{MARKER_IN_TEXT}</p>|{MARKER_IN_TEXT}')
MARKER_IN_PLAIN_TEXT = re.compile(rf"{MARKER_IN_URL}|^{MARKER_IN_TEXT}$|{MARKER_IN_TEXT}", re.MULTILINE)

WORD_JOINER = "\u2060"
# Characters that make an address of the text around them, with full stops and at signs of other scripts.
LINK_CHARACTERS = re.compile(r"(?<=\S)([.．。｡@＠/／\\])(?=\S)|(?<=[^\W\d])([:：])(?=\S)")
# These change the direction of the text that follows.
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")

MAX_SUBJECT_LENGTH = 200

markdown_parser = build_parser()


class TrustedText(str):
    """Text of the site or of an organizer. It may have several lines."""

    __slots__ = ()

    def to_text(self) -> str:
        return remove_control_characters(self)

    def to_html(self) -> str:
        return escape(remove_control_characters(self)).replace("\n", "<br>")


class UserInput(str):
    """Text of an attendee, rendered on one line and never as a link."""

    __slots__ = ()

    def to_text(self) -> str:
        line = " ".join(BIDI_CONTROLS.sub("", remove_control_characters(self)).split())
        return LINK_CHARACTERS.sub(lambda match: f"{WORD_JOINER}{match[0]}{WORD_JOINER}", line)

    def to_html(self) -> str:
        return f"<bdi>{escape(self.to_text())}</bdi>"


class SiteURL(str):
    """Absolute URL of this site."""

    __slots__ = ()

    def to_text(self) -> str:
        return str(self)

    def to_html(self) -> str:
        return f'<a href="{escape(self)}">{escape(self)}</a>'


class TextList(tuple):
    """Lines of trusted text: a list if the placeholder is a paragraph of its own, else joined by semicolons."""

    __slots__ = ()

    def to_text(self) -> str:
        return "; ".join(TrustedText(line).to_text() for line in self)

    def to_html(self) -> str:
        return "; ".join(TrustedText(line).to_html() for line in self)


Value = TrustedText | UserInput | SiteURL | TextList


@dataclass(frozen=True)
class RenderedTemplate:
    """Subject on one line, plain text, and HTML for the body element."""

    subject: str
    text: str
    html: str


def unknown_placeholders(source: str, names: Container[str]) -> list[str]:
    """Return the texts in braces, with the braces, that are none of these placeholders."""
    return [match[0] for match in ANY_BRACES.finditer(source) if match[1] not in names]


def render_template(subject: str, body: str, values: Mapping[str, Value]) -> RenderedTemplate:
    """Insert the values of the placeholders into a subject and a Markdown body."""
    names = sorted(values)
    ordered = [values[name] for name in names]
    return RenderedTemplate(
        render_subject(insert_markers(subject, names), ordered),
        render_plain_text(insert_markers(body, names), ordered),
        render_html(insert_markers(body, names), ordered),
    )


def insert_markers(source: str, names: list[str]) -> str:
    """Replace each known placeholder by the marker with its index in names."""
    source = source.replace(MARKER_START, "").replace(MARKER_END, "")
    return PLACEHOLDER.sub(
        lambda match: f"{MARKER_START}{names.index(match[1])}{MARKER_END}" if match[1] in names else match[0], source
    )


def render_subject(source: str, values: Sequence[Value]) -> str:
    text = re.sub(MARKER_IN_TEXT, lambda match: values[int(match[1])].to_text(), source)
    line = " ".join(remove_control_characters(text).split())
    return line if len(line) <= MAX_SUBJECT_LENGTH else line[: MAX_SUBJECT_LENGTH - 1].rstrip() + "…"


def render_html(source: str, values: Sequence[Value]) -> str:
    html = MARKER_IN_HTML.sub(lambda match: replace_html_marker(values, *match.groups()), markdown_to_html(source))
    # An empty value, for example of {note}, leaves an empty paragraph.
    return re.sub(r"<p>\s*</p>\s*", "", html).strip()


@lru_cache(maxsize=100)
def markdown_to_html(source: str) -> str:
    return to_html(source, breaks=True)


def replace_html_marker(
    values: Sequence[Value], in_url: str | None, as_paragraph: str | None, in_text: str | None
) -> str:
    """Return the HTML of one value. Exactly one of the other arguments is its index, as matched."""
    if in_url is not None:
        value = values[int(in_url)]
        return f'href="{escape(value)}"' if isinstance(value, SiteURL) else ""
    if as_paragraph is None:
        return values[int(in_text)].to_html()
    value = values[int(as_paragraph)]
    if not value:
        return ""
    if isinstance(value, TextList):
        return "<ul>{}</ul>".format("".join(f"<li>{TrustedText(line).to_html()}</li>" for line in value))
    return f"<p>{value.to_html()}</p>"


def render_plain_text(source: str, values: Sequence[Value]) -> str:
    text = MARKER_IN_PLAIN_TEXT.sub(
        lambda match: replace_plain_marker(values, *match.groups()), markdown_to_text(source)
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def replace_plain_marker(
    values: Sequence[Value], in_url: str | None, as_paragraph: str | None, in_text: str | None
) -> str:
    """Return the text of one value. Exactly one of the other arguments is its index, as matched."""
    value = values[int(next(index for index in (in_url, as_paragraph, in_text) if index is not None))]
    if as_paragraph is not None and isinstance(value, TextList):
        return "\n".join(f"- {TrustedText(line).to_text()}" for line in value)
    return value.to_text()


@lru_cache(maxsize=100)
def markdown_to_text(source: str) -> str:
    """Return Markdown as plain text: paragraphs are separated by an empty line, links are “text: URL”."""
    text, marker, numbers = "", "", []
    for token in markdown_parser.parse(source):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            numbers.append(token.attrGet("start") or 1 if token.type.startswith("ordered") else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            numbers.pop()
            text += "\n"
        elif token.type == "list_item_open":
            marker = list_item_prefix(numbers)
        elif token.type in ("inline", "fence", "code_block"):
            text += f"{marker}{inline_text(token)}\n" + ("" if numbers else "\n")
            marker = ""
    return text


def list_item_prefix(numbers: list[int | None]) -> str:
    """Return the indented hyphen or number of the next item, and count it. numbers has an entry for each level."""
    indent = "  " * (len(numbers) - 1)
    if numbers[-1] is None:
        return f"{indent}- "
    numbers[-1] += 1
    return f"{indent}{numbers[-1] - 1}. "


def inline_text(token: Token) -> str:
    if not token.children:
        return token.content.strip()
    text, links = "", []
    for child in token.children:
        if child.type == "link_open":
            links.append((child.attrGet("href"), len(text)))
        elif child.type == "link_close":
            url, start = links.pop()
            text += "" if text[start:] == url else f": {url}"
        else:
            text += "\n" if child.type.endswith("break") else child.content
    return text.strip()


def remove_control_characters(text: str) -> str:
    """Return a text without control characters, surrogates and markers, with Unix line ends."""
    allowed = (
        character
        for character in "\n".join(text.splitlines())
        if character == "\n"
        or (character not in (MARKER_START, MARKER_END) and unicodedata.category(character) not in ("Cc", "Cs"))
    )
    return "".join(allowed).strip()


ALLOWED_TAGS = {"p", "br", "strong", "em", "a", "bdi", "ul", "ol", "li", "blockquote", "code", "pre", "hr"}
ALLOWED_TAGS |= {"h2", "h3", "h4", "table", "thead", "tbody", "tr", "th", "td"}


def sanitize_email_html(html: str, *, links: bool = True) -> SafeString:
    """Return HTML that is safe to display. Organizers see no links, because those act for the recipient."""
    clean = nh3.clean(
        html,
        tags=ALLOWED_TAGS if links else ALLOWED_TAGS - {"a"},
        attributes={"a": {"href"}} if links else {},
        clean_content_tags={"head", "title", "style", "script"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
    return mark_safe(clean)  # noqa: S308 - only the tags and attributes above are left
