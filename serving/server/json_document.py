"""Reads a request's body as JSON as TensorFlow Serving does: NaN and Infinity are numbers, errors are RapidJSON's.

orjson reads almost every body. What it refuses is read again by Python's json, which either knows what TensorFlow
Serving takes besides JSON, or says where the mistake is.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

from serving.model.request_error import RequestError, invalid

# What a message shows of a value. TensorFlow Serving shows all of it, however large.
_SHOWN_CHARACTERS = 1000
_WHITE_SPACE = " \t\r\n"
_UINT64_MAX, _INT64_MIN, _LONGEST_UINT64 = 2**64 - 1, -(2**63), 20

# What Python's json says, by how it begins, and what RapidJSON says (rapidjson/error/en.h).
_NO_NAME, _NO_VALUE = "Missing a name for object member.", "Invalid value."
_BAD_SURROGATES = "The surrogate pair in string is invalid."
_UNTERMINATED, _BAD_ESCAPES, _TRAILING_COMMA = "Unterminated string", "Invalid \\", "Illegal trailing comma"
_WORDS = {
    "Expecting value": _NO_VALUE,
    f"{_TRAILING_COMMA} before end of array": _NO_VALUE,
    "Expecting property name": _NO_NAME,
    f"{_TRAILING_COMMA} before end of object": _NO_NAME,
    "Expecting ':' delimiter": "Missing a colon after a name of object member.",
    "Extra data": "The document root must not be followed by other values.",
    _UNTERMINATED: "Missing a closing quotation mark in string.",
    "Invalid control character": "Invalid encoding in string.",
    "Invalid \\escape": "Invalid escape character in string.",
    "Invalid \\uXXXX": "Incorrect hex digit after \\u escape in string.",
}
_NO_COMMA = {
    "[": "Missing a comma or ] after an array element.",
    "{": "Missing a comma or } after an object member.",
}
# A string (to its end, or to the text's: it must not be tried again from every later quotation mark), or what follows.
_STRING = r'"(?:[^"\\]|\\.)*"?'
_ONLY_RAPIDJSON = re.compile(rf"{_STRING}|-NaN|Inf(?!inity)", re.DOTALL)
_BRACKETS = re.compile(rf"{_STRING}|[\[\]{{}}]", re.DOTALL)


def read(body: bytes) -> dict[str, Any]:
    """Returns the JSON object of a body; of a name that is there twice, the last value.

    Raises:
        RequestError: the body is not a JSON object in UTF-8.
    """
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        document = _read_leniently(body)
    if not isinstance(document, dict):
        raise invalid(f"JSON Value: {shown(document)} Is not object")
    return document


def signature_name(document: dict[str, Any]) -> str:
    """Returns the signature that a request names, "" for none."""
    name = document.get("signature_name", "")
    if not isinstance(name, str):
        raise invalid(
            f"JSON Value: {shown(document)} not formatted correctly. 'signature_name' key must be a string value."
        )
    return name


def shown(value: Any) -> str:
    """Writes a value for a message, as TensorFlow Serving does, but not more than a screenful."""
    if isinstance(value, float):
        return _decimal(value)
    text = ""
    for part in _PRETTY.iterencode(value):
        text += part
        if len(text) > _SHOWN_CHARACTERS:
            return text[:_SHOWN_CHARACTERS] + "..."
    return text


_PRETTY = json.JSONEncoder(indent=4, ensure_ascii=False)


def _decimal(value: float) -> str:
    """WriteDecimal of json_tensor.cc: six digits if they are enough, else seventeen."""
    if not math.isfinite(value):
        return json.dumps(value)
    text = f"{value:g}"
    if float(text) != value:
        text = f"{value:.17g}"
    return text if "." in text or "e" in text else f"{text}.0"


def _integer(text: str) -> int | float:
    number = int(text) if len(text) <= _LONGEST_UINT64 else None
    return number if number is not None and _INT64_MIN <= number <= _UINT64_MAX else _finite(text)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise OverflowError(text)
    return number


_DECODER = json.JSONDecoder(parse_int=_integer, parse_float=_finite)


def _read_leniently(body: bytes) -> Any:
    if not body:
        raise invalid("JSON Parse error: The document is empty")
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _parse_error("Invalid encoding in string.", error.start) from error
    if "Inf" in text or "-NaN" in text:
        text = _ONLY_RAPIDJSON.sub(lambda found: {"-NaN": "NaN", "Inf": "Infinity"}.get(found[0], found[0]), text)
    try:
        document = _DECODER.decode(text)
        if "\\ud" in text or "\\uD" in text:
            json.dumps(document, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        raise _in_rapidjsons_words(error) from error
    except UnicodeEncodeError as error:  # half a pair of surrogates is no character
        raise _parse_error(_BAD_SURROGATES, _offset(text, text.lower().find("\\ud"))) from error
    except OverflowError as error:
        offset = _offset(text, text.find(str(error)))
        raise _parse_error("Number too big to be stored in double.", offset) from error
    except RecursionError as error:
        raise invalid("JSON Parse error: Too many lists or objects in one another.") from error
    return document


def _in_rapidjsons_words(error: json.JSONDecodeError) -> RequestError:
    text = error.doc
    if not text.strip(_WHITE_SPACE):
        return _parse_error("The document is empty.", len(text))
    offset = _offset(text, _position(error))
    if error.msg.startswith("Expecting ',' delimiter"):
        return _parse_error(_NO_COMMA[_open_bracket(text[: error.pos])], offset)
    found = (words for begin, words in _WORDS.items() if error.msg.startswith(begin))
    return _parse_error(next(found, "Unspecific syntax error."), offset)


def _position(error: json.JSONDecodeError) -> int:
    """Where RapidJSON sees the mistake."""
    text, position = error.doc, error.pos
    if error.msg.startswith(_UNTERMINATED):
        return len(text)
    if error.msg.startswith(_BAD_ESCAPES):
        return text.rfind("\\", 0, position + 1)
    if error.msg.startswith(_TRAILING_COMMA):  # from Python 3.13 on, which points at the comma
        return len(text) - len(text[position + 1 :].lstrip(_WHITE_SPACE))
    return position


def _open_bracket(text: str) -> str:
    """Returns the innermost bracket that is not closed."""
    still_open: list[str] = []
    for found in _BRACKETS.finditer(text):
        if found[0] in "[{":
            still_open.append(found[0])
        elif found[0] in "]}":
            still_open.pop()
    return still_open[-1]


def _offset(text: str, position: int) -> int:
    return len(text[:position].encode(errors="replace"))


def _parse_error(words: str, offset: int) -> RequestError:
    return invalid(f"JSON Parse error: {words} at offset: {offset}")
