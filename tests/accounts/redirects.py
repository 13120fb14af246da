"""Redirect targets on other hosts that have passed incomplete checks elsewhere (CWE-601)."""

OTHER_HOSTS = [
    "//evil.example",
    "////evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\t/evil.example",
    "\x00//evil.example",
    " //evil.example",
    "https://evil.example",
    "https:evil.example",
    "https:///evil.example",
    "http:\\\\evil.example",
    "HtTpS://evil.example",
    "//evil.example@127.0.0.1",
    "http://127.0.0.1@evil.example",
    "http://127.0.0.1.evil.example",
    "javascript:alert(1)",
    "data:text/html,<script>alert(1)</script>",
]
