"""Markdown parsers under threads that all use them for the first time at the same moment."""

import subprocess
import sys

import pytest

from conference.settings import BASE_DIR

# Each round loads the module anew, so that its parser has never been used, and lets threads start together.
SCRIPT = """
import importlib.util, sys, threading
sys.setswitchinterval(1e-6)
SOURCE = "# Title\\n\\n- **one** [link](https://example.org/%C3%A9)\\n- two\\n\\n| a | b |\\n| - | - |\\n| 1 | 2 |\\n"
THREADS, ROUNDS = 8, 400

def fresh():
    spec = importlib.util.find_spec("{module}")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module

expected = fresh().{function}(SOURCE)
wrong = []

def convert(barrier, module):
    barrier.wait(timeout=30)
    try:
        result = module.{function}.__wrapped__(SOURCE)
    except Exception as error:
        result = repr(error)
    if result != expected:
        wrong.append(result)

for _ in range(ROUNDS):
    module, barrier = fresh(), threading.Barrier(THREADS)
    threads = [threading.Thread(target=convert, args=[barrier, module]) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
print(len(wrong), wrong[:1])
"""


@pytest.mark.parametrize(
    ("module", "function"), [("conference.core.markdown", "to_html"), ("conference.mail.rendering", "_as_text")]
)
def test_first_use_by_many_threads_gives_the_same_text(module, function):
    script = SCRIPT.replace("{module}", module).replace("{function}", function)
    result = subprocess.run(
        [sys.executable, "-c", script], cwd=BASE_DIR, capture_output=True, text=True, timeout=300, check=True
    )
    assert result.stdout.strip() == "0 []"
