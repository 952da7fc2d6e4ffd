"""Makes model.c and model.h of preprocess.json and network.json: the same numbers, as constants for the runner in C."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from serving.plain import unicode_tables

_TYPES = {"number": "TYPE_NUMBER", "integer": "TYPE_INTEGER", "text": "TYPE_TEXT"}
_PER_SECOND = {None: 0, "day": -1, "s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}


def header(preprocess: Mapping[str, Any], network: Mapping[str, Any]) -> str:
    """Returns model.h: the places of the columns in a row, by the names of their inputs, and the number of answers."""
    inputs = [column["input"].upper() for column in preprocess["columns"]]
    places = "".join(f"  {name} = {place},\n" for place, name in enumerate(inputs))
    units = network["heads"]["kernels"]["shape"][2]
    return (
        "/* The places of the columns in a row, and how many there are of them and of the answers. */\n"
        f"enum {{\n{places}  COLUMNS = {len(inputs)},\n  ANSWERS = {units}\n}};\n"
    )


def source(preprocess: Mapping[str, Any], network: Mapping[str, Any]) -> str:
    """Returns model.c.

    Args:
        preprocess: the content of preprocess.json.
        network: the content of network.json.
    """
    made = _Source(preprocess, network)
    texts = bool(preprocess["texts"])
    members = ", ".join(f".{key} = {value}" for key, value in made.model().items())
    return "\n".join(
        [
            "/* The model's numbers: those of preprocess.json and network.json. */",
            '#include "runner.h"\n',
            *made.parts(),
            *unicode_tables.source(texts),
            f"const struct model model = {{{members}}};\n",
        ]
    )


class _Source:
    def __init__(self, preprocess: Mapping[str, Any], network: Mapping[str, Any]):
        self._preprocess, self._network = preprocess, network
        self._column = {column["name"]: place for place, column in enumerate(preprocess["columns"])}
        self._parts: list[str] = []

    def parts(self) -> list[str]:
        """Returns the definitions of all arrays."""
        columns = (f"{_text(column['name'])}, {_TYPES[column['type']]}" for column in self._preprocess["columns"])
        self._array("struct column", "columns", columns)
        self._array("struct number", "numbers", map(self._number, self._preprocess["numbers"]))
        self._array("struct moment", "moments", map(self._moment, self._preprocess["times"]))
        self._array("struct index", "indices", [self._index(*each) for each in enumerate(self._preprocess["indices"])])
        self._array("struct text", "texts", [self._text(*each) for each in enumerate(self._preprocess["texts"])])
        self._weights()
        return self._parts

    def model(self) -> dict[str, Any]:
        """Returns the members of the model that name the arrays."""
        counts = {key: len(self._preprocess[key]) for key in ("columns", "numbers", "indices", "texts")}
        arrays = {key.removesuffix("s"): key for key in ("columns", "numbers", "moments", "texts")}
        return {
            **counts,
            "moments": len(self._preprocess["times"]),
            **arrays,
            "index": "indices",
            **self._shapes(),
            **self._answer(),
        }

    def _shapes(self) -> dict[str, Any]:
        network = self._network
        heads, _, units = network["heads"]["kernels"]["shape"]
        deep = network["factors"]["shape"][1]
        layers = [layer["kernel"]["shape"][1] for layer in network["hidden"]]
        numbers = network["numbers"]
        tables = [*filter(None, [network["indices"]]), *network["words"]]
        found: dict[str, Any] = {
            "layers": len(layers),
            "layer": "layers",
            "deep": deep,
            "widest": max(deep, *layers, 0),
        }
        found |= {"heads": heads, "units": units, "factors": "factors", "kernels": "kernels", "biases": "biases"}
        found |= {"embedding": tables[0]["deep"]["shape"][1] if tables else 0, "text_table": "text_tables"}
        if network["indices"]:
            found["index_table"] = "{indices_deep, indices_linear}"
        if numbers:
            found |= {"edges": numbers["begins"]["shape"][1], "pieces": numbers["offsets"]["shape"][1]}
            found |= {name: name for name in numbers}
        return found

    def _answer(self) -> dict[str, Any]:
        answer = dict(self._network["answer"])
        found = {"task": f"TASK_{answer['task'].upper()}"}
        found |= {key: f"{answer[key]!r}f" for key in ("decision", "mean", "deviation") if key in answer}
        if "log" in answer:
            found["log"] = str(int(answer["log"]))
        if "classes" in answer:
            found["classes"] = "classes"
        return found

    def _weights(self) -> None:
        network = self._network
        for name, values in (network["numbers"] or {}).items():
            self._floats(name, values)
        tables = {"indices": network["indices"], **{f"text_{n}": table for n, table in enumerate(network["words"])}}
        for name, table in tables.items():
            for part, values in (table or {}).items():
                self._floats(f"{name}_{part}", values)
        texts = range(len(network["words"]))
        self._array("struct table", "text_tables", (f"text_{n}_deep, text_{n}_linear" for n in texts))
        for name, values in {"factors": network["factors"], **network["heads"]}.items():
            self._floats(name, values)
        for n, layer in enumerate(network["hidden"]):
            self._floats(f"kernel_{n}", layer["kernel"])
            self._floats(f"bias_{n}", layer["bias"])
        shapes = [layer["kernel"]["shape"] for layer in network["hidden"]]
        self._array("struct layer", "layers", (f"{i}, {o}, kernel_{n}, bias_{n}" for n, (i, o) in enumerate(shapes)))
        if classes := network["answer"].get("classes"):
            shown = (_text(json.dumps(value, ensure_ascii=False)) for value in classes)
            self._parts.append(f"static const char *const classes[] = {{{', '.join(shown)}}};")

    def _number(self, feature: Mapping[str, Any]) -> str:
        scale = f"{feature['mean']!r}f, {feature['deviation']!r}f"
        return f"{self._column[feature['column']]}, {int(feature['log'])}, {scale}"

    def _moment(self, feature: Mapping[str, Any]) -> str:
        means, deviations = (f"{{{feature['year'][key]!r}, {feature['time'][key]!r}}}" for key in ("mean", "deviation"))
        return f"{self._column[feature['column']]}, {_PER_SECOND[feature['unit']]}, {means}, {deviations}"

    def _index(self, n: int, feature: Mapping[str, Any]) -> str:
        kind = feature["kind"]
        boundaries, words, count, size, others = "0", "0", 0, 0, 0
        if kind == "bucket":
            size, boundaries = len(feature["boundaries"]), f"boundaries_{n}"
            self._floats(boundaries, {"values": feature["boundaries"]})
        elif kind == "categorical":
            size = feature["size"]
        else:
            words, count = self._words(f"words_{n}", _places(feature))
            size, others = feature.get("top_k", 0), feature.get("oov_buckets", 0)
        place = f"{self._column[feature['column']]}, {feature['begin']}, {feature['missing']}, KIND_{kind.upper()}"
        return f"{place}, {size}, {others}, {boundaries}, {words}, {count}"

    def _text(self, n: int, feature: Mapping[str, Any]) -> str:
        words, count = self._words(f"terms_{n}", {word: place for place, word in enumerate(feature["words"])})
        sizes = f"{feature['ngrams']}, {feature['terms']}, {feature['bytes']}"
        return f"{self._column[feature['column']]}, {sizes}, {words}, {count}"

    def _words(self, name: str, places: Mapping[str, int]) -> tuple[str, int]:
        ordered = sorted(places, key=str.encode)
        self._array("struct word", name, (f"{_text(word)}, {places[word]}" for word in ordered))
        return name, len(ordered)

    def _array(self, kind: str, name: str, elements: Iterable[str]) -> None:
        """Adds an array of structs; an empty one has an element that nobody reads, since C has no empty arrays."""
        inside = ", ".join(f"{{{element}}}" for element in elements) or "{0}"
        self._parts.append(f"static const {kind} {name}[] = {{{inside}}};")

    def _floats(self, name: str, values: Mapping[str, Sequence[float]]) -> None:
        inside = ", ".join(f"{value!r}f" for value in values["values"]) or "0"
        self._parts.append(f"static const float {name}[] = {{{inside}}};")


def _places(feature: Mapping[str, Any]) -> dict[str, int]:
    if feature["kind"] == "boolean":
        return dict.fromkeys(feature["no"], 0) | dict.fromkeys(feature["yes"], 1)
    return {word: place for place, word in enumerate(feature["words"])}


def _text(text: str) -> str:
    """A text as a C literal: what is not plain ASCII as octal digits, of which C reads three at most."""
    plain = {byte: chr(byte) for byte in range(32, 127) if chr(byte) not in '"\\?'}
    return '"' + "".join(plain.get(byte, f"\\{byte:03o}") for byte in text.encode()) + '"'
