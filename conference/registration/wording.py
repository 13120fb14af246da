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

from sessions.markdown import build_parser, to_html

PLACEHOLDER = re.compile(r"\{([a-z_]+)\}")
# Whatever else stands in braces was probably meant to be one.
BRACES = re.compile(r"\{([^{}\n]*)\}")

# In the text that Markdown reads, a placeholder is its number between two letters that no language has; in an address
# Markdown writes them so.
OPEN, CLOSE = "\ue000", "\ue001"
IN_ADDRESS = r"%EE%80%80(\d+)%EE%80%81"
IN_TEXT = rf"{OPEN}(\d+){CLOSE}"
IN_HTML = re.compile(rf'href="{IN_ADDRESS}"|<p>{IN_TEXT}</p>|{IN_TEXT}')
IN_PLAIN = re.compile(rf"{IN_ADDRESS}|^{IN_TEXT}$|{IN_TEXT}", re.MULTILINE)

JOINER = "\u2060"
# Between two letters: what makes an address of them. Full stops and at signs of other scripts count as well.
LINKING = re.compile(r"(?<=\S)([.．。｡@＠/／\\])(?=\S)|(?<=[^\W\d])([:：])(?=\S)")
# They turn the direction of whatever follows.
TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")

SUBJECT_LENGTH = 200

_parser = build_parser()


class Said(str):
    """What the site or an organizer says: text, perhaps of several lines."""

    __slots__ = ()

    def plain(self):
        return _clean(self)

    def html(self):
        return escape(_clean(self)).replace("\n", "<br>")


class Typed(str):
    """What an attendee typed: on one line, without anything that could be taken for an address."""

    __slots__ = ()

    def plain(self):
        line = " ".join(TURNING.sub("", _clean(self)).split())
        return LINKING.sub(lambda found: f"{JOINER}{found[0]}{JOINER}", line)

    def html(self):
        return f"<bdi>{escape(self.plain())}</bdi>"


class Address(str):
    """A whole address of this site."""

    __slots__ = ()

    def plain(self):
        return str(self)

    def html(self):
        return f'<a href="{escape(self)}">{escape(self)}</a>'


class Listed(tuple):
    """Lines, each Said: a list where the placeholder stands alone in a paragraph, else one after the other."""

    __slots__ = ()

    def plain(self):
        return "; ".join(Said(line).plain() for line in self)

    def html(self):
        return "; ".join(Said(line).html() for line in self)


@dataclass(frozen=True)
class Worded:
    """A letter in words; html is what stands in its body."""

    subject: str
    text: str
    html: str


def unknown(source, names):
    """What stands in braces and is no placeholder of these names, as it is written."""
    return [found[0] for found in BRACES.finditer(source) if found[1] not in names]


def worded(subject, body, values):
    """The letter that an organizer's subject and Markdown make of values, {name: Said, Typed, Address or Listed}."""
    names = sorted(values)
    ordered = [values[name] for name in names]
    return Worded(
        _subject(_marked(subject, names), ordered),
        _plain(_marked(body, names), ordered),
        _html(_marked(body, names), ordered),
    )


def _marked(source, names):
    source = source.replace(OPEN, "").replace(CLOSE, "")
    return PLACEHOLDER.sub(
        lambda found: f"{OPEN}{names.index(found[1])}{CLOSE}" if found[1] in names else found[0], source
    )


def _subject(source, values):
    text = re.sub(IN_TEXT, lambda found: values[int(found[1])].plain(), source)
    line = " ".join(_clean(text).split())
    return line if len(line) <= SUBJECT_LENGTH else line[: SUBJECT_LENGTH - 1].rstrip() + "…"


def _html(source, values):
    html = IN_HTML.sub(lambda found: _html_of(values, *found.groups()), _as_html(source))
    # Where nothing was said, for example a note, there is no paragraph.
    return re.sub(r"<p>\s*</p>\s*", "", html).strip()


@lru_cache(maxsize=100)
def _as_html(source):
    return to_html(source, breaks=True)


def _html_of(values, linked, alone, within):
    if linked is not None:
        value = values[int(linked)]
        return f'href="{escape(value)}"' if isinstance(value, Address) else ""
    value = values[int(alone if alone is not None else within)]
    if alone is None:
        return value.html()
    if isinstance(value, Listed):
        return "<ul>{}</ul>".format("".join(f"<li>{Said(line).html()}</li>" for line in value)) if value else ""
    return f"<p>{value.html()}</p>" if value else ""


def _plain(source, values):
    text = IN_PLAIN.sub(lambda found: _plain_of(values, *found.groups()), _as_text(source))
    return re.sub(r"\n{3,}", "\n\n", text).strip()


def _plain_of(values, linked, alone, within):
    value = values[int(next(number for number in (linked, alone, within) if number is not None))]
    if alone is not None and isinstance(value, Listed):
        return "\n".join(f"- {Said(line).plain()}" for line in value)
    return value.plain()


# Markdown as plain text


@lru_cache(maxsize=100)
def _as_text(source):
    """Lines as they are, an empty one between paragraphs, items of lists with hyphens or numbers, links as “words:
    address”."""
    text, marker, numbers = "", "", []
    for token in _parser.parse(source):
        if token.type in ("bullet_list_open", "ordered_list_open"):
            numbers.append(token.attrGet("start") or 1 if token.type.startswith("ordered") else None)
        elif token.type in ("bullet_list_close", "ordered_list_close"):
            numbers.pop()
            text += "\n"
        elif token.type == "list_item_open":
            marker = _marker(numbers)
        elif token.type in ("inline", "fence", "code_block"):
            text += f"{marker}{_words(token)}\n" + ("" if numbers else "\n")
            marker = ""
    return text


def _marker(numbers):
    indent = "  " * (len(numbers) - 1)
    if numbers[-1] is None:
        return f"{indent}- "
    numbers[-1] += 1
    return f"{indent}{numbers[-1] - 1}. "


def _words(token):
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


def _clean(text):
    """Without control characters, halves of letters and what stands for a placeholder; lines end as in Unix."""
    kept = (
        letter
        for letter in "\n".join(text.splitlines())
        if letter == "\n" or (letter not in (OPEN, CLOSE) and unicodedata.category(letter) not in ("Cc", "Cs"))
    )
    return "".join(kept).strip()
