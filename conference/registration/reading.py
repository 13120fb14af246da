"""A letter's HTML as a part of a page of this site: its words and links, without its own looks."""

import nh3

TAGS = {"p", "br", "strong", "em", "a", "bdi", "ul", "ol", "li", "blockquote", "code", "pre", "hr", "h2", "h3", "h4"}
TAGS |= {"table", "thead", "tbody", "tr", "th", "td"}


def shown(html, *, links=True):
    """Harmless HTML. Without links: a letter's links act for the person it was written to, and for nobody else."""
    return nh3.clean(
        html,
        tags=TAGS if links else TAGS - {"a"},
        attributes={"a": {"href"}} if links else {},
        clean_content_tags={"head", "title", "style", "script"},
        url_schemes={"http", "https", "mailto"},
        link_rel="noopener",
    )
