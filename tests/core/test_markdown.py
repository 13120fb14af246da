"""Conversion of Markdown, and its first use by several threads at the same time."""

import subprocess
import sys

import pytest

from conference.core.markdown import to_html, to_plain
from conference.settings import BASE_DIR

URL_TABLES_SCRIPT = """
import conference.core.markdown
from mdurl._decode import decode_cache
from mdurl._encode import encode_cache
print(*map(len, [*encode_cache.values(), *decode_cache.values()]))
"""
# Each round loads the module again, so that its parser has never been used, and starts the threads together.
THREADS_SCRIPT = """
import importlib.util, sys, threading
sys.setswitchinterval(1e-6)
SOURCE = "# Title\\n\\n- **one** [link](https://example.org/%C3%A9)\\n- two\\n\\n| a | b |\\n| - | - |\\n| 1 | 2 |\\n"
THREADS, ROUNDS = 8, 200

def load_module():
    spec = importlib.util.find_spec("{module}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

expected = load_module().{function}(SOURCE)
failures = []

def convert(barrier, module):
    barrier.wait(timeout=30)
    try:
        result = module.{function}.__wrapped__(SOURCE)
    except Exception as error:
        result = repr(error)
    if result != expected:
        failures.append(result)

for _ in range(ROUNDS):
    module, barrier = load_module(), threading.Barrier(THREADS)
    threads = [threading.Thread(target=convert, args=[barrier, module]) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
print(len(failures), failures[:1])
"""


def run_script(script):
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True, timeout=300, check=True
    )
    return result.stdout.strip()


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("# Title", "<h2>Title</h2>\n"),
        ("**one**", "<p><strong>one</strong></p>\n"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>\n"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>\n"),
        ("![x](https://example.org/x.png)", '<p>!<a href="https://example.org/x.png" rel="noopener">x</a></p>\n'),
    ],
)
def test_to_html_renders_safe_markup_only(text, expected):
    assert to_html(text).strip() == expected.strip()


def test_to_html_with_breaks_keeps_line_breaks():
    assert "<br" not in to_html("one\ntwo")
    assert "<br" in to_html("one\ntwo", breaks=True)


def test_to_plain_has_a_line_for_each_block():
    assert to_plain("# Title\n\n**one**\ntwo") == "Title\none two"


@pytest.mark.slow
def test_parser_after_import_has_complete_url_tables():
    """With half a table, a thread would raise an error or render a URL that leads elsewhere."""
    assert run_script(URL_TABLES_SCRIPT).split() == ["128", "128"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("module", "function"),
    [("conference.core.markdown", "to_html"), ("conference.mail.rendering", "markdown_to_text")],
)
def test_parser_first_used_by_many_threads_gives_the_same_result(module, function):
    assert run_script(THREADS_SCRIPT.replace("{module}", module).replace("{function}", function)) == "0 []"
