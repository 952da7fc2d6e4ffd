"""Messages name columns so that an invisible character is seen."""

from __future__ import annotations

import pytest

from turnstile.errors import UsageError
from turnstile.visible import visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("fare, größe\n\t日本", "fare, größe\n\t日本"),
        ("\ufefffare", "\\ufefffare"),
        ("a\u200bb\xa0c\r\0", "a\\u200bb\\xa0c\\r\\x00"),
        ("\udce9", "\\udce9"),
    ],
)
def test_what_cannot_be_seen_is_written_as_python_does(text, shown):
    assert visible(text) == shown
    assert visible(shown) == shown
    assert str(UsageError(text)) == shown
