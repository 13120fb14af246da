"""Conversion of Markdown to safe HTML: no raw HTML, no images, links to web pages and e-mail addresses only."""

from functools import lru_cache

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

TEXT_TAGS = {"p", "br", "strong", "em", "a", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "h2", "h3", "h4"}
INLINE_TAGS = {"strong", "em", "a", "code"}
TABLE_TAGS = {"table", "thead", "tbody", "tr", "th", "td"}


def build_parser(*extensions: str) -> MarkdownIt:
    """Return a CommonMark parser without raw HTML and images that any number of threads may share.

    markdown-it-py builds lists of rules and tables for URLs at their first use, and other threads see them half built.
    Rendering a URL as a link uses all of them, so nothing is left to be built.
    """
    parser = MarkdownIt("commonmark", {"html": False}).enable(extensions).disable("image")
    parser.render("<https://conference.example/>")
    return parser


_parser = build_parser("table")


@lru_cache(maxsize=256)
def to_html(text: str, *, breaks: bool = False) -> str:
    """Return safe HTML. Headings start at level two, below the title of the page. With breaks, line breaks are kept."""
    tokens = _parser.parse(text)
    for token in tokens:
        if token.tag in ("h1", "h5", "h6"):
            token.tag = "h2" if token.tag == "h1" else "h4"
        for child in token.children or [] if breaks else []:
            child.type = "hardbreak" if child.type == "softbreak" else child.type
    return sanitize(_parser.renderer.render(tokens, _parser.options, {}), TEXT_TAGS | TABLE_TAGS)


@lru_cache(maxsize=64)
def to_inline_html(text: str) -> str:
    """Return safe HTML of one line: emphasis and links, without paragraphs, lists and headings."""
    return sanitize(_parser.renderInline(text), INLINE_TAGS)


def sanitize(html: str, tags: set[str]) -> str:
    return nh3.clean(
        html,
        tags=tags,
        attributes={"a": {"href", "title"}, "ol": {"start"}},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )


def to_plain(text: str) -> str:
    """Return plain text with one line for each block, for calendars and descriptions."""
    blocks = [token for token in _parser.parse(text) if token.type in ("inline", "fence", "code_block")]
    return "\n".join(extract_text(block) for block in blocks)


def extract_text(block: Token) -> str:
    if not block.children:
        return block.content.strip()
    parts = {"softbreak": " ", "hardbreak": " "}
    return "".join(parts.get(child.type, child.content) for child in block.children).strip()
