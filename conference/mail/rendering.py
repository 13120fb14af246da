"""Letters as organizers word them: Markdown with placeholders in braces, made into a subject, plain text and HTML.

What stands for a placeholder is put in after Markdown was read, in one pass, so nothing in it is ever read as Markdown,
as HTML or as another placeholder. What an attendee typed cannot become a link either: programs that read mail make one
of whatever looks like an address, so such places get an invisible character that keeps a word together (U+2060).
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html import escape

import nh3

from conference.core.markdown import build_parser, to_html

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Whatever else stands in braces was probably meant to be one.
ANY_BRACES = re.compile(r"\{([^{}\n]*)\}")

# In the text that Markdown reads, a placeholder is its number between two letters that no language has; in an address
# Markdown writes them so.
MARKER_START, MARKER_END = "\ue000", "\ue001"
MARKER_IN_URL = r"%EE%80%80(\d+)%EE%80%81"
MARKER_IN_TEXT = rf"{MARKER_START}(\d+){MARKER_END}"
MARKER_IN_HTML = re.compile(rf'href="{MARKER_IN_URL}"|<p>{MARKER_IN_TEXT}</p>|{MARKER_IN_TEXT}')
MARKER_IN_PLAIN_TEXT = re.compile(rf"{MARKER_IN_URL}|^{MARKER_IN_TEXT}$|{MARKER_IN_TEXT}", re.MULTILINE)

WORD_JOINER = "\u2060"
# Between two letters: what makes an address of them. Full stops and at signs of other scripts count as well.
LINK_CHARACTERS = re.compile(r"(?<=\S)([.．。｡@＠/／\\])(?=\S)|(?<=[^\W\d])([:：])(?=\S)")
# They turn the direction of whatever follows.
BIDI_CONTROLS = re.compile("[\u202a-\u202e\u2066-\u2069]")

MAX_SUBJECT_LENGTH = 200

markdown_parser = build_parser()


class TrustedText(str):
    """What the site or an organizer says: text, perhaps of several lines."""

    __slots__ = ()

    def to_text(self):
        return remove_control_characters(self)

    def to_html(self):
        return escape(remove_control_characters(self)).replace("\n", "<br>")


class UserInput(str):
    """What an attendee typed: on one line, without anything that could be taken for an address."""

    __slots__ = ()

    def to_text(self):
        line = " ".join(BIDI_CONTROLS.sub("", remove_control_characters(self)).split())
        return LINK_CHARACTERS.sub(lambda found: f"{WORD_JOINER}{found[0]}{WORD_JOINER}", line)

    def to_html(self):
        return f"<bdi>{escape(self.to_text())}</bdi>"


class SiteURL(str):
    """A whole address of this site."""

    __slots__ = ()

    def to_text(self):
        return str(self)

    def to_html(self):
        return f'<a href="{escape(self)}">{escape(self)}</a>'


class TextList(tuple):
    """Lines, each Said: a list where the placeholder stands alone in a paragraph, else one after the other."""

    __slots__ = ()

    def to_text(self):
        return "; ".join(TrustedText(line).to_text() for line in self)

    def to_html(self):
        return "; ".join(TrustedText(line).to_html() for line in self)


@dataclass(frozen=True)
class RenderedTemplate:
    """A letter in words; html is what stands in its body."""

    subject: str
    text: str
    html: str


def unknown_placeholders(source, names):
    """What stands in braces and is no placeholder of these names, as it is written."""
    return [found[0] for found in ANY_BRACES.finditer(source) if found[1] not in names]


def render_template(subject, body, values):
    """The letter that an organizer's subject and Markdown make of values, {name: Said, Typed, Address or Listed}."""
    names = sorted(values)
    ordered = [values[name] for name in names]
    return RenderedTemplate(
        render_subject(insert_markers(subject, names), ordered),
        render_plain_text(insert_markers(body, names), ordered),
        render_html(insert_markers(body, names), ordered),
    )


def insert_markers(source, names):
    source = source.replace(MARKER_START, "").replace(MARKER_END, "")
    return PLACEHOLDER.sub(
        lambda found: f"{MARKER_START}{names.index(found[1])}{MARKER_END}" if found[1] in names else found[0], source
    )


def render_subject(source, values):
    text = re.sub(MARKER_IN_TEXT, lambda found: values[int(found[1])].to_text(), source)
    line = " ".join(remove_control_characters(text).split())
    return line if len(line) <= MAX_SUBJECT_LENGTH else line[: MAX_SUBJECT_LENGTH - 1].rstrip() + "…"


def render_html(source, values):
    html = MARKER_IN_HTML.sub(lambda found: replace_html_marker(values, *found.groups()), markdown_to_html(source))
    # Where nothing was said, for example a note, there is no paragraph.
    return re.sub(r"<p>\s*</p>\s*", "", html).strip()


@lru_cache(maxsize=100)
def markdown_to_html(source):
    return to_html(source, breaks=True)


def replace_html_marker(values, linked, alone, within):
    if linked is not None:
        value = values[int(linked)]
        return f'href="{escape(value)}"' if isinstance(value, SiteURL) else ""
    value = values[int(alone if alone is not None else within)]
    if alone is None:
        return value.to_html()
    if isinstance(value, TextList):
        return (
            "<ul>{}</ul>".format("".join(f"<li>{TrustedText(line).to_html()}</li>" for line in value)) if value else ""
        )
    return f"<p>{value.to_html()}</p>" if value else ""


def render_plain_text(source, values):
    text = MARKER_IN_PLAIN_TEXT.sub(
        lambda found: replace_plain_marker(values, *found.groups()), markdown_to_text(source)
    )
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def replace_plain_marker(values, linked, alone, within):
    value = values[int(next(number for number in (linked, alone, within) if number is not None))]
    if alone is not None and isinstance(value, TextList):
        return "\n".join(f"- {TrustedText(line).to_text()}" for line in value)
    return value.to_text()


# Markdown as plain text


@lru_cache(maxsize=100)
def markdown_to_text(source):
    """Lines as they are, an empty one between paragraphs, items of lists with hyphens or numbers, links as “words:
    address”."""
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


def list_item_prefix(numbers):
    indent = "  " * (len(numbers) - 1)
    if numbers[-1] is None:
        return f"{indent}- "
    numbers[-1] += 1
    return f"{indent}{numbers[-1] - 1}. "


def inline_text(token):
    """What a paragraph says; of a link its words and where it leads."""
    if not token.children:
        return token.content.strip()
    text, links = "", []
    for child in token.children:
        if child.type == "link_open":
            links.append((child.attrGet("href"), len(text)))
        elif child.type == "link_close":
            address, start = links.pop()
            text += "" if text[start:] == address else f": {address}"
        else:
            text += "\n" if child.type.endswith("break") else child.content
    return text.strip()


def remove_control_characters(text):
    """Without control characters, halves of letters and what stands for a placeholder; lines end as in Unix."""
    kept = (
        letter
        for letter in "\n".join(text.splitlines())
        if letter == "\n"
        or (letter not in (MARKER_START, MARKER_END) and unicodedata.category(letter) not in ("Cc", "Cs"))
    )
    return "".join(kept).strip()


ALLOWED_TAGS = {
    "p",
    "br",
    "strong",
    "em",
    "a",
    "bdi",
    "ul",
    "ol",
    "li",
    "blockquote",
    "code",
    "pre",
    "hr",
    "h2",
    "h3",
    "h4",
}
ALLOWED_TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}


def sanitize_email_html(html, *, links=True):
    """Harmless HTML. Without links: a letter's links act for the person it was written to, and for nobody else."""
    return nh3.clean(
        html,
        tags=ALLOWED_TAGS if links else ALLOWED_TAGS - {"a"},
        attributes={"a": {"href"}} if links else {},
        clean_content_tags={"head", "title", "style", "script"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
