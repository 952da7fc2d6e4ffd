"""From a file to a config: what is read, what is predicted, what gives the label away, what a model must reach."""

from __future__ import annotations

import csv
import random
import tomllib

import pyarrow as pa
import pytest
from click.testing import CliRunner
from pyarrow import parquet

from components.example_gen.settings import Reading
from pipeline import config_file
from pipeline.commands.main import main
from pipeline.init import actions, dialects, labels, proposal, reading
from pipeline.init.config_text import config_text, given
from turnstile.feature_line import toml_value as value


def orders(rows=1200):
    """Orders that come back, or do not: by price and by colour; `refund` is known only afterwards."""
    rng = random.Random(11)
    for number in range(rows):
        price, colour = rng.lognormvariate(3, 1), rng.choice(["red", "green", "blue"])
        returned = rng.random() < (0.8 if colour == "red" else 0.1) * min(1, price / 20)
        yield {
            "order": number,
            "price": round(price, 2),
            "colour": colour,
            "shop": "main",
            "express": rng.choice(["yes", "no"]),
            "refund": round(price, 2) if returned else 0,
            "returned": "yes" if returned else "no",
        }


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("init") / "orders.csv"
    rows = list(orders())
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0])
        writer.writeheader()
        writer.writerows(rows)
    return path


def proposed(path, label=None):
    sample = reading.read(str(path), dialects.of_data(str(path)))
    columns = proposal.profiles(sample)
    found = proposal.propose(sample, columns, labels.choose(labels.find(list(columns.values()), label)))
    return sample, found


@pytest.fixture(scope="module")
def found(table):
    return proposed(table, "returned")


def test_features_ids_constants_and_leaks_are_told_apart(found):
    _, proposal = found
    assert list(proposal.features) == ["price", "colour", "express"]
    assert proposal.features["price"].log
    assert [(name, why.split(",")[0]) for name, why in proposal.left_out.items()] == [
        ("order", "numbers the rows"),
        ("shop", "is main in every row"),
        ("refund", proposal.left_out["refund"]),
    ]
    assert proposal.left_out["refund"].startswith("gives the label away")
    assert proposal.slices == ["express", "colour"]


def test_what_is_required_is_more_than_a_constant_answer_reaches(found):
    _, proposal = found
    required = proposal.required.bounds
    assert 0.6 < required["auc"]["min"] < 0.9
    majority = max(proposal.label.column.counts.values()) / 1200
    assert "accuracy" not in required or majority < required["accuracy"]["min"] < 1


def test_the_config_can_be_read_by_people_and_by_a_run(found, table):
    sample, proposal = found
    text = config_text("orders", str(table), sample, proposal)
    config = config_file.checked(tomllib.loads(text), "orders.toml", check_schema=False)
    assert config.label == proposal.label.label
    assert config.features == proposal.features
    assert "# - refund gives the label away: " in text
    assert 'express = { kind = "' in text
    assert max(map(len, text.splitlines())) <= 160


def test_values_are_those_of_a_run_from_parquet_too(tmp_path, table):
    rows = list(orders(300))
    for part in (0, 1):
        columns = {name: [row[name] for row in rows[part::2]] for name in rows[0]}
        parquet.write_table(pa.table(columns), tmp_path / f"{part}.parquet")
    sample, found = proposed(tmp_path, "returned")
    assert (sample.rows, sample.every) == (300, 1)
    assert list(found.features) == ["price", "colour", "express"]
    thinned = reading.read(str(tmp_path), Reading(), rows=100)
    assert (thinned.rows, thinned.total) == (100, 300)


@pytest.mark.parametrize(
    ("values", "label"),
    [
        (["a", "b"], {"kind": "binary", "positive": "b"}),
        (["no"] * 9 + ["yes"], {"kind": "binary", "positive": "yes", "decision": "f1"}),
        (["no", "yes"], {"kind": "binary", "positive": "yes"}),
        (["False", "True"], {"kind": "binary", "positive": True}),
        ([0, 1], {"kind": "binary"}),
        ([1, 2], {"kind": "binary", "positive": 2}),
        ([0, 1, 2], {"kind": "multiclass", "classes": [0, 1, 2]}),
        (["a", "b", "c"], {"kind": "multiclass", "classes": ["a", "b", "c"]}),
        ([3, 4, 5, 6], {"kind": "regression"}),
        ([0.5, 1.5], {"kind": "regression"}),
    ],
)
def test_the_values_of_a_label_say_its_kind(tmp_path, values, label):
    path = tmp_path / "table.csv"
    cells = [*values, *(values * 20), *values[:-1]]  # the last value is the rarest
    path.write_text("\n".join(["target,x", *(f"{cell},{row * 7 % 31}" for row, cell in enumerate(cells))]))
    columns = proposal.profiles(reading.read(str(path), dialects.of_data(str(path))))
    choice = labels.choose(labels.find(list(columns.values()), None))
    assert given(choice.label) == {"column": "target"} | label
    assert sorted(set(labels.targets(choice).tolist())) == (
        sorted(values) if label["kind"] == "regression" else list(range(len(set(values))))
    )


def test_rows_without_a_label_are_left_out_and_a_large_label_becomes_its_logarithm(tmp_path):
    path, rng = tmp_path / "table.csv", random.Random(2)
    numbers = [*[None] * 10, *(rng.lognormvariate(3, 1.5) for _ in range(490))]
    path.write_text("x;target\n" + "".join(f"{row};{'' if y is None else y}\n" for row, y in enumerate(numbers)))
    columns = proposal.profiles(reading.read(str(path), dialects.of_data(str(path))))
    there = labels.labelled(columns, columns["target"])
    choice = labels.choose(there["target"], missing=10)
    assert len(there["x"].column) == 490
    assert given(choice.label) == {"kind": "regression", "column": "target", "log": True}


@pytest.mark.parametrize(
    ("text", "separator", "decimal"),
    [
        ("a,b\n1.5,2\n", ",", "."),
        ("a;b\n1,5;x\n", ";", ","),
        ("a;b\n1.234,5;x,y\n", ";", ","),
        ("a\tb\n1.5\t2\n", "\t", "."),
        ('"a;1","b"\n1,2\n', ",", "."),
    ],
)
def test_what_stands_between_columns_and_in_numbers_is_told(tmp_path, text, separator, decimal):
    (tmp_path / "table.csv").write_text(text)
    how = dialects.of_data(str(tmp_path))
    assert (how.separator, how.decimal) == (separator, decimal)


def test_words_count_in_what_is_required(tmp_path):
    path, rng = tmp_path / "table.csv", random.Random(4)
    words = [*"abcdefghijklmnop"]
    rows = [(" ".join([*rng.sample(words, 8), "bad" if late else "good"]), late) for late in [0, 1] * 200]
    path.write_text("review,late\n" + "".join(f"{text},{late}\n" for text, late in rows))
    _, found = proposed(path)
    assert given(found.features["review"]) == {"kind": "text"}
    assert found.required.bounds["auc"]["min"] > 0.85


@pytest.mark.parametrize("name", ["plain", "mean radius (cm)", "a.b", 'quo"ted', "größe", "tab\there"])
def test_names_and_values_are_escaped_as_toml_wants_it(name):
    table = {name: {"list": [name, 1, 0.5, True]}}
    assert tomllib.loads(f"table = {value(table)}") == {"table": table}


def init(*arguments):
    return CliRunner().invoke(main, ["init", *map(str, arguments)])


@pytest.mark.parametrize(
    ("data", "name"),
    [
        ("some/my orders.csv", "my_orders"),
        ("Trips.CSV", "trips"),
        ("trips.csv.gz", "trips"),
        ("data/2024.parquet", "data_2024"),
        ("data/flowers", "flowers"),
        ("data/flowers/{YYYY}-{MM}.csv", "flowers"),
    ],
)
def test_the_name_is_that_of_the_data_without_its_ending(data, name):
    assert actions._name_of(data) == name


def test_without_a_terminal_the_candidates_for_the_label_are_named(table, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    done = init(table)
    assert done.exit_code == 2
    assert "Name it with --label. It could be one of: returned, express, " in done.stderr
    assert not (tmp_path / "configs").exists()


def test_a_config_that_is_there_is_not_replaced(table, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "configs").mkdir()
    config = tmp_path / "configs" / "orders.toml"
    config.write_text("mine")
    done = init(table, "--label", "returned")
    assert (done.exit_code, config.read_text()) == (2, "mine")
    assert "with --force" in done.stderr


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["absent.csv"], "absent.csv: no such file or folder (DATA)"),
        (["orders.csv", "--label", "retuned"], "no column 'retuned' in the data. Did you mean 'returned'?"),
        (["orders.csv", "--label", "shop"], "no label can be made of column 'shop': it holds 1 different values"),
    ],
)
def test_wrong_usage_exits_2(table, monkeypatch, arguments, words):
    monkeypatch.chdir(table.parent)
    done = init(*arguments)
    assert done.exit_code == 2
    assert words in done.stderr
