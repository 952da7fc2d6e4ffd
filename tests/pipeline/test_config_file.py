"""A config file says what is meant, or is refused in words that name the file, the key and what was expected."""

import datetime
import re
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from components.example_gen.window import Window
from pipeline.config_file import load
from turnstile.errors import DataRefusedError, UsageError

ROOT = Path(__file__).parents[2]

SCHEMA = """
feature { name: "fare" type: FLOAT }
feature { name: "tips" type: FLOAT }
feature { name: "company" type: BYTES }
feature { name: "hour" type: INT }
"""
LABEL = """kind = "ratio_above"
numerator = "tips"
denominator = "fare"
threshold = 0.2"""
FEATURES = """fare = { kind = "numeric" }
company = { kind = "vocabulary" }
hour = { kind = "categorical", size = 24 }"""
OVERALL = "auc = { min = 0.85 }"
CONFIG = f"""
name = "trips"
[data]
path = "trips.csv"
schema_path = "schema.pbtxt"
[label]
{LABEL}
[features]
{FEATURES}
[release]
slices = ["company"]
[release.overall]
{OVERALL}
"""


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """The folder in which the user runs the command, with data and a schema."""
    monkeypatch.chdir(tmp_path)
    Path("trips.csv").write_text("fare,tips,company,hour\n5,1,Blue,7\n")
    Path("schema.pbtxt").write_text(SCHEMA)
    return tmp_path


def write(*changes):
    """Writes the valid config with (old, new) pieces exchanged; returns its path."""
    text = CONFIG
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is not exactly once in the config"
        text = text.replace(old, new)
    Path("c.toml").write_text(text)
    return "c.toml"


def refusal(*changes, **overrides):
    with pytest.raises(UsageError) as caught:
        load(write(*changes), **overrides)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize("path", sorted((ROOT / "configs").glob("*.toml")), ids=lambda path: path.name)
def test_every_config_of_the_project_loads(path, monkeypatch):
    monkeypatch.chdir(ROOT)
    made = path.stem == "taxi-quarters"  # by `turnstile data split`, so that it is not there yet
    assert load(path, check_data=not made).name == path.stem.replace("-", "_")


def test_values_of_the_file_and_defaults():
    config = load(write())
    assert (config.name, config.label.task, config.release.overall["auc"].min) == ("trips", "binary", 0.85)
    assert list(config.features) == ["fare", "company", "hour"]
    assert (config.output, config.serving.dir, config.cache) == ("output", "serving_model", True)


def test_overrides_win_over_the_file_and_none_leaves_it():
    Path("new.csv").write_text("fare\n1\n")
    config = load(write(), data__path="new.csv", cache=False, serving__dir="elsewhere", output=None)
    assert (config.data.path, config.cache, config.serving.dir) == ("new.csv", False, "elsewhere")
    assert (config.output, config.data.schema_path) == ("output", "schema.pbtxt")


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "trips"', 'name = "trips"\nnmae = 1', ["'nmae'", "expected one of", "Did you mean 'name'?"]),
        ("[data]", "[data]\npaht = 1", ["data:", "'paht'", "schema_path", "Did you mean 'path'?"]),
        ('kind = "numeric"', 'kind = "numeric", bucket = 3', ["features.fare", "Did you mean 'buckets'?"]),
        ("min = 0.85", "mim = 0.85", ["release.overall.auc:", "max_drop", "Did you mean 'min'?"]),
        ("threshold = 0.2", "threshold = 0.2\nnumerater = 1", ["label", "Did you mean 'numerator'?"]),
        ("fare = {", "fair = {", ["features.fair:", "schema.pbtxt", "Did you mean 'fare'?", "company, hour"]),
        ('"tips"', '"tip"', ["label", "'tip'", "schema.pbtxt", "Did you mean 'tips'?"]),
        ('["company"]', '["compny"]', ["slices", "'compny'", "Did you mean 'company'?"]),
        ('["company"]', '[["hour", "compny"]]', ["slices", "'compny'", "Did you mean 'company'?"]),
        ("[label]", '[split]\nby = "huor"\n[label]', ["split.by:", "Did you mean 'hour'?"]),
        ("[label]", '[split]\nby = ["hour", "compny"]\n[label]', ["split.by:", "Did you mean 'company'?"]),
        (OVERALL, f"{OVERALL}\nacuracy = {{ min = 0.8 }}", ["binary", "log_loss", "Did you mean 'accuracy'?"]),
        (OVERALL, f"{OVERALL}\nr_squared = {{ min = 0.8 }}", ["binary", "'r_squared'", "accuracy"]),
    ],
    ids=lambda value: value.replace("\n", " ") if isinstance(value, str) else "",
)
def test_an_unknown_name_is_told_with_the_nearest_valid_one(old, new, words):
    message = refusal((old, new))
    assert message.startswith("c.toml: ")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("old", "new", "key", "nearest"),
    [
        ('"numeric"', '"numerik"', "features.fare", "numeric"),
        ('"ratio_above"', '"ratio_abov"', "label", "ratio_above"),
    ],
)
def test_a_misspelt_kind_is_told_with_the_nearest_valid_one(old, new, key, nearest):
    assert re.search(rf"c\.toml: {re.escape(key)}(\.kind)?: .*Did you mean '{nearest}'\?", refusal((old, new)))


def test_a_feature_without_a_kind_is_told_the_kinds():
    message = refusal(('{ kind = "numeric" }', "{ buckets = 3 }"))
    assert "features.fare" in message
    assert all(kind in message for kind in ("numeric", "bucketized", "vocabulary", "categorical"))


@pytest.mark.parametrize(
    ("old", "new", "key"),
    [
        ('kind = "numeric"', 'kind = "numeric", bucket = 3', "features.fare"),
        ("size = 24", "size = 1", "features.hour.size"),
        ("threshold = 0.2", 'threshold = "much"', "label.threshold"),
    ],
)
def test_the_key_in_a_message_is_one_that_the_file_has(old, new, key):
    assert refusal((old, new)).startswith(f"c.toml: {key}: ")


def space(line, *words):
    return "[label]", f"[tuning.space]\n{line}\n[label]", list(words)


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ('name = "trips"\n', "", ["name", "required"]),
        ('name = "trips"', 'name = "My trips"', ["name", "^[a-z][a-z0-9_]*$", "'My trips'"]),
        ('path = "trips.csv"', "path = 5", ["data.path", "string", "5"]),
        (OVERALL, "auc = 0.85", ["release.overall.auc", "0.85"]),
        ("fare = {", "tips = {", ["features.tips", "label"]),
        ('{ kind = "numeric" }', '{ kind = "vocabulary" }', ["features.fare", "vocabulary", "BYTES", "FLOAT"]),
        ('{ kind = "vocabulary" }', '{ kind = "numeric" }', ["features.company", "numeric", "INT or FLOAT", "BYTES"]),
        ('{ kind = "numeric" }', '{ kind = "categorical", size = 3 }', ["features.fare", "INT", "FLOAT"]),
        ('{ kind = "vocabulary" }', '{ kind = "bucketized", buckets = 3 }', ["features.company", "BYTES"]),
        (LABEL, 'kind = "multiclass"\ncolumn = "tips"\nclasses = ["a", "a"]', ["label", "classes", "twice"]),
        (LABEL, f"{LABEL}\ndecision = 1", ["label.decision", '"f1", "balance" or a probability between 0 and 1', "1"]),
        (LABEL, f"{LABEL}\ndecision = 'f2'", ["label.decision", '"f1", "balance" or', "f2"]),
        (
            "[release]\n",
            '[serving.vertex]\nproject="p"\nregion="r"\nendpoint="e"\nimage="i"\n[release]\napproval = "required"\n',
            ["release.approval", "Vertex AI"],
        ),
        ("[label]", '[training]\nclass_weights = "balance"\n[label]', ["training.class_weights", "'balanced'"]),
        (LABEL, 'kind = "multiclass"\ncolumn = "tips"\nclasses = [true, false]', ["label.classes", "positive = true"]),
        (LABEL, 'kind = "binary"\ncolumn = "tips"\nabove = 1\nbelow = 0', ["label", "above and below", "one of them"]),
        (LABEL, 'kind = "binary"\ncolumn = "tips"\nabove = 1\npositive = 1', ["label", "positive and above"]),
        (
            LABEL,
            'kind = "multiclass"\ncolumn = "tips"\nclasses = ["a"]',
            ["label", "classes", "at least 2 entries, got 1"],
        ),
        (FEATURES, "", ["features", "at least 1 entry, got 0"]),
        ("[label]", '[data_gate]\nallow = ["fare"]\n[label]', ["data_gate.allow", "'fare'"]),
        ("[release]\n", "[release]\nmin_examples = 0\n", ["release.min_examples", "greater than or equal to 1", "0"]),
        space("headz = [4]", "'headz'", "Did you mean 'heads'?"),
        space("seed = [1, 2]", "tuning.space.seed", "cannot be tuned"),
        space("dropout = [0.1, 1.5]", "tuning.space.dropout", "less than 1, got 1.5"),
        space("heads = { low = 0, high = 4 }", "tuning.space.heads", "greater than or equal to 1, got 0"),
        space("heads = { low = 1.5, high = 4 }", "tuning.space.heads", "valid integer", "got 1.5"),
        space("heads = { low = 4, high = 4 }", "tuning.space.heads", "low has to be below high"),
        space("l2 = { low = 0, high = 1, log = true }", "tuning.space.l2", "begins above 0"),
        space("heads = { low = 4 }", "tuning.space.heads", "a list of values, or a range"),
        space("heads = []", "tuning.space.heads", "a list of values, or a range"),
        space("heads = 4", "tuning.space.heads", "a list of values, or a range", "got 4"),
        space("heads = { lo = 4, high = 5 }", "tuning.space.heads", "Did you mean 'low'?"),
    ],
    ids=lambda value: value.replace("\n", " ") if isinstance(value, str) else "",
)
def test_a_wrong_value_is_told_with_what_was_expected(old, new, words):
    message = refusal((old, new))
    assert message.startswith("c.toml: ")
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    "label",
    [
        'kind = "regression"\ncolumn = "code"',
        'kind = "binary"\ncolumn = "code"',
        'kind = "binary"\ncolumn = "code"\nabove = 15',
        'kind = "binary"\ncolumn = "tips"\npositive = "yes"',
        'kind = "multiclass"\ncolumn = "tips"\nclasses = ["a", "b"]',
        'kind = "ratio_above"\nnumerator = "tips"\ndenominator = "code"\nthreshold = 0.2',
    ],
    ids=lambda value: value.replace("\n", " "),
)
def test_a_label_that_does_not_fit_the_type_of_its_column_is_refused(label):
    Path("schema.pbtxt").write_text(SCHEMA + 'feature { name: "code" type: BYTES }')
    metric = "r_squared" if "regression" in label else "auc"
    message = refusal((LABEL, label), ("auc", metric))
    assert message.startswith("c.toml: label")
    assert "schema.pbtxt" in message


def per_slice(metric, bounds):
    return OVERALL, f'{OVERALL}\n[[release.per_slice]]\nslice = "company"\nmetric = "{metric}"\n{bounds}'


def overall(threshold):
    return OVERALL, f"{OVERALL}\n{threshold}"


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((OVERALL, "auc = { min = 0.5 }"), ["auc", "min = 0.5", "never fail"]),
        ((OVERALL, "auc = { min = 0.4 }"), ["auc", "min = 0.4", "never fail", "0.5"]),
        ((OVERALL, "auc = {}"), ["auc", "never fail", "min or max_drop"]),
        ((OVERALL, "auc = { min = 0.9, max_drop = 0.5 }"), ["auc", "max_drop = 0.5", "never fail"]),
        (overall("accuracy = { min = 0 }"), ["accuracy", "min = 0", "never fail"]),
        (overall("accuracy = { max_drop = 1 }"), ["accuracy", "max_drop = 1", "never fail"]),
        (overall("calibration = { min = 0 }"), ["calibration", "min = 0", "never fail"]),
        (per_slice("accuracy", "min = 0"), ["accuracy", "min = 0", "never fail"]),
        (per_slice("accuracy", ""), ["accuracy", "never fail"]),
    ],
    ids=lambda value: value[1].replace("\n", " ") if isinstance(value, tuple) else "",
)
def test_a_threshold_that_can_never_fail_is_refused(change, words):
    message = refusal(change)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ((OVERALL, "auc = { min = 1.1 }"), ["auc", "min = 1.1", "never be met", "1"]),
        (overall("recall = { min = 90 }"), ["recall", "min = 90", "never be met"]),
        (overall("log_loss = { max = 0 }"), ["log_loss", "max = 0", "never be met"]),
        (overall("calibration = { min = 1.2, max = 0.8 }"), ["release.overall.calibration", "never both be met"]),
        ((OVERALL, "auc = { min = nan }"), ["release.overall.auc.min", "finite"]),
        (overall("log_loss = { max_rise = -0.1 }"), ["release.overall.log_loss.max_rise", "-0.1"]),
    ],
    ids=lambda value: value[1].replace("\n", " ") if isinstance(value, tuple) else "",
)
def test_a_threshold_that_can_never_be_met_is_refused(change, words):
    message = refusal(change)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("change", "bound", "metric", "instead"),
    [
        ((OVERALL, "auc = { max = 0.9 }"), "max", "auc", "min or max_drop"),
        (overall("accuracy = { min = 0.8, max_rise = 0.1 }"), "max_rise", "accuracy", "min or max_drop"),
        (overall("log_loss = { min = 0.1 }"), "min", "log_loss", "max or max_rise"),
        (overall("calibration = { max_drop = 0.1 }"), "max_drop", "calibration", "max or min"),
    ],
)
def test_a_bound_in_the_wrong_direction_is_refused(change, bound, metric, instead):
    message = refusal(change)
    assert f"{metric}: '{bound}' does not apply; a " in message
    assert message.endswith(f"so give {instead}")


@pytest.mark.parametrize(
    ("change", "key"),
    [
        ((OVERALL, "auc = { min = 0.5 }"), "release.overall.auc"),
        (overall("acuracy = { min = 0.8 }"), "release.overall.acuracy"),
        (per_slice("accuracy", "min = 0"), "release.per_slice"),
        (per_slice("acuracy", "min = 0.8"), "release.per_slice"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_refused_threshold_is_told_with_its_key(change, key):
    assert refusal(change).startswith(f"c.toml: {key}")


REGRESSION = 'kind = "regression"\ncolumn = "tips"'


@pytest.mark.parametrize(
    ("changes", "needed"),
    [
        ([(OVERALL, "")], "write auc = { min = 0.6 } under it, or another min above 0.5"),
        ([(OVERALL, "accuracy = { min = 0.9 }")], "write auc = { min = 0.6 } under it"),
        ([(OVERALL, "auc = { max_drop = 0.1 }")], "add min = 0.6 to its auc"),
        (
            [(LABEL, REGRESSION), (OVERALL, "mean_absolute_error = { max = 1 }")],
            "write r_squared = { min = 0.1 } under it",
        ),
    ],
)
def test_a_release_that_would_bless_a_constant_model_is_refused(changes, needed):
    message = refusal(*changes)
    assert "[release.overall]" in message
    assert needed in message


def test_a_regression_with_a_floor_on_r_squared_loads():
    assert load(write((LABEL, REGRESSION), ("auc", "r_squared"))).label.task == "regression"


def test_a_schema_with_a_shape_is_refused():
    Path("schema.pbtxt").write_text(SCHEMA + 'feature { name: "miles" type: FLOAT shape { dim { size: 1 } } }')
    message = refusal()
    assert message.startswith("schema.pbtxt: column 'miles' has a shape")
    assert "value_count { min: 1 max: 1 }" in message


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (('"schema.pbtxt"', '"nope.pbtxt"'), ["nope.pbtxt: no such schema", "turnstile schema infer"]),
        (('"schema.pbtxt"', '"trips.csv"'), ["trips.csv: not a schema"]),
        (('"schema.pbtxt"', '"."'), [".: "]),
        (('"trips.csv"', '"nope.csv"'), ["nope.csv: no such file or folder", "c.toml", "data.path", "--data"]),
        (('"trips.csv"', '"schema.pbtxt"'), ["schema.pbtxt: expected a .csv or .parquet file", "'.pbtxt'"]),
        (('name = "trips"', "name = "), ["c.toml: not valid TOML", "Correct this line: name =   ("]),
    ],
    ids=lambda value: value[1] if isinstance(value, tuple) else "",
)
def test_a_file_that_is_absent_or_of_another_kind_is_refused(change, words):
    message = refusal(change)
    assert [word for word in words if word not in message] == []


def test_an_absent_config_is_told_with_those_that_are_there():
    Path("configs").mkdir()
    Path("configs/mine.toml").write_text(CONFIG)
    with pytest.raises(UsageError, match=r"nope\.toml: no such config file\. There are: configs/mine\.toml"):
        load("nope.toml")


def test_a_folder_in_place_of_the_config_is_refused():
    with pytest.raises(UsageError, match="is a folder"):
        load(".")


def test_an_absent_schema_is_no_error_when_it_is_still_to_be_made():
    Path("schema.pbtxt").unlink()
    assert load(write(), check_schema=False).data.schema_path == "schema.pbtxt"


@pytest.mark.parametrize(
    ("files", "found"),
    [
        (["a.csv", "b.parquet"], ".csv and .parquet"),
        (["a.csv", "b.CSV.gz"], ".csv and .csv.gz"),
        ([], "neither"),
        (["a.txt"], "neither"),
    ],
)
def test_a_data_folder_must_hold_one_kind_of_file(files, found):
    Path("folder").mkdir()
    for file in files:
        (Path("folder") / file).touch()
    message = refusal(data__path="folder")
    assert message.startswith("folder: expected .csv files or .parquet files")
    assert f"found {found}. " in message


def test_a_file_that_may_not_be_read_is_told(monkeypatch):
    monkeypatch.setattr("os.access", lambda path, mode: False)  # the tests may run as root, who may read all
    assert refusal().startswith("trips.csv: you may not read this file")


@pytest.mark.parametrize("file", ["a.csv", "a.parquet"])
def test_a_data_folder_of_one_kind_loads(file):
    Path("folder").mkdir()
    parquet.write_table(pa.table({"fare": [1.0]}), f"folder/{file}")
    Path("folder/notes.txt").touch()
    Path("folder/._b.csv").touch()
    Path("folder/c.parquet").mkdir()
    assert load(write(), data__path="folder").data.path == "folder"


DAILY = "daily/{YYYY}-{MM}-{DD}.csv"


def days(*names):
    Path("daily").mkdir()
    for name in names:
        Path(f"daily/{name}.csv").write_text(Path("trips.csv").read_text())


@pytest.mark.parametrize(
    ("span", "expected"),
    [
        (None, None),
        ('"2026-11-22"', datetime.date(2026, 11, 22)),
        ("2026-11-22", datetime.date(2026, 11, 22)),  # TOML has dates of its own
    ],
)
def test_the_span_of_data_by_day(span, expected):
    days("2026-11-22", "2026-11-23")
    data = f'{DAILY}"\nspan = {span}' if span else f'{DAILY}"'
    assert load(write(('trips.csv"', data))).data.span == expected


@pytest.mark.parametrize("span", [7, "7", "007"])
def test_the_span_of_data_by_number(span):
    Path("7.csv").write_text(Path("trips.csv").read_text())
    assert load(write(), data__path="{SPAN}.csv", data__span=span).data.span == 7


@pytest.mark.parametrize(
    ("path", "span", "words"),
    [
        (DAILY, "2026-11-25", [f"{DAILY}: there is no file for 2026-11-25", "There are 2: 2026-11-22, 2026-11-23"]),
        (DAILY, "25 November", ["c.toml: data.span: expected an integer, or a date as YYYY-MM-DD"]),
        (DAILY, "2026-02-30", ["c.toml: data.span: expected", "YYYY-MM-DD"]),
        (DAILY, True, ["c.toml: data.span: expected"]),
        (DAILY, -1, ["c.toml: data.span: expected"]),
        (DAILY, 2**31, ["c.toml: data.span: expected an integer from 0 to 2147483647", "got 2147483648"]),
        (DAILY, 20780, ["c.toml: data: span 20780", "expected a date"]),
        ("daily/{YYYY}.csv", None, ["c.toml: data: path 'daily/{YYYY}.csv'", "{YYYY}, {MM} and {DD}"]),
        ("daily/{SPAN}.csv", None, ["2026-11-2", "is not named as daily/{SPAN}.csv asks"]),
        ("weekly/{SPAN}.csv", None, ["weekly/{SPAN}.csv: there is no file", "--data", "where you run the command"]),
        ("trips.csv", 3, ["c.toml: data: span 3", "'trips.csv' has no {SPAN}"]),
    ],
)
def test_a_span_that_is_not_there_or_not_one_is_refused(path, span, words):
    days("2026-11-22", "2026-11-23")
    message = refusal(data__path=path, data__span=span)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize(
    ("path", "keys", "words"),
    [
        (DAILY, {"window": 0}, ["data.window", "greater than or equal to 1"]),
        (DAILY, {"eval_on": "newest"}, ["leaves no span to learn from", "window of at least 2"]),
        (DAILY, {"eval_on": "last", "window": 2}, ["data.eval_on", "'split' or 'newest'"]),
        ("trips.csv", {"window": 2}, ["'trips.csv' has no placeholders"]),
        ("{SPAN}.csv", {"every": "day"}, ["'{SPAN}.csv' has no dates in it", "remove the line"]),
        (DAILY, {"every": "week"}, ["data.every", '"quarter", or a number of days']),
        (DAILY, {"every": True}, ["data.every", "a number of days"]),
        (DAILY, {"window": 3}, ["asks for 3 spans up to 2026-11-23", "there are only 2"]),
    ],
)
def test_a_window_that_makes_no_sense_or_is_not_there_is_refused(path, keys, words):
    days("2026-11-22", "2026-11-23")
    message = refusal(data__path=path, **{f"data__{key}": value for key, value in keys.items()})
    assert [word for word in words if word not in message] == []


def test_a_window_is_checked_before_a_run():
    days("2026-11-22", "2026-11-23")
    asked = {"data__path": DAILY, "data__window": 2, "data__eval_on": "newest", "data__every": "day"}
    assert load(write(), **asked).data.spans == Window(2, "newest", "day")
    Path("daily/2026-11-22.csv").write_text("")
    with pytest.raises(DataRefusedError, match="span 2026-11-22 is empty"):
        load(write(), **asked)


def test_without_a_schema_columns_are_checked_against_the_span_asked_for():
    days("2026-11-22", "2026-11-23")
    Path("daily/2026-11-23.csv").write_text("fare,tips,company\n5,1,Blue\n")
    config = write(('schema_path = "schema.pbtxt"\n', ""))
    assert load(config, data__path=DAILY, data__span="2026-11-22").data.schema_path is None
    with pytest.raises(UsageError, match="no column 'hour'"):
        load(config, data__path=DAILY)


def test_an_override_below_a_key_that_is_no_table_is_refused():
    data = '[data]\npath = "trips.csv"\nschema_path = "schema.pbtxt"\n'
    message = refusal((data, 'data = "trips.csv"\n'), data__path="trips.csv")
    assert message.startswith("c.toml: data")


def test_all_faults_of_a_file_are_told_at_once():
    message = refusal(("min = 0.85", 'min = "high"'), ("size = 24", "size = 1"))
    assert len(message.splitlines()) == 2


def test_an_anomaly_type_that_tfdv_does_not_have_is_refused():
    message = refusal(("[label]", '[data_gate]\nallow = ["company:MISSING", "company:SCHEMA_NEW_COLUM"]\n[label]'))
    assert message.startswith("c.toml: data_gate.allow: 'company:SCHEMA_NEW_COLUM'")
    assert message.endswith("Did you mean 'SCHEMA_NEW_COLUMN'?")


def test_a_threshold_on_a_slice_that_can_never_occur_is_refused():
    schema = SCHEMA.replace(
        'name: "company" type: BYTES', 'name: "company" type: BYTES string_domain { value: "Blue" value: "Red" }'
    )
    Path("schema.pbtxt").write_text(schema)
    bounds = 'min = 0.6\nvalue = "Bleu"'
    assert "'company' is never 'Bleu'" in refusal(per_slice("accuracy", bounds))
    assert "Did you mean 'Blue'?" in refusal(per_slice("accuracy", bounds))


WITHOUT_SCHEMA = ('schema_path = "schema.pbtxt"\n', "")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (("company = {", "compny = {"), ["features.compny", "trips.csv", "Did you mean 'company'?"]),
        (('slices = ["company"]', 'slices = ["compny"]'), ["slices", "Did you mean 'company'?"]),
    ],
)
def test_without_a_schema_columns_are_held_against_the_data(change, words):
    message = refusal(WITHOUT_SCHEMA, change)
    assert [word for word in words if word not in message] == []


@pytest.mark.parametrize("column", ["petal length (cm)", "col/our", "1st", "größe", "class", "self", "a.b"])
def test_a_column_may_have_any_name(column):
    Path("schema.pbtxt").write_text(SCHEMA.replace('name: "company"', f'name: "{column}"'))
    write(("company = {", f'"{column}" = {{'), ('slices = ["company"]', "slices = []"))
    assert column in load("c.toml").features


@pytest.mark.parametrize("line", ['a.b = { kind = "numeric" }', '[features.a.b]\nkind = "numeric"'])
def test_a_dot_in_a_key_is_explained(line):
    message = refusal(("[features]\n", f"[features]\n{line}\n" if "[" not in line else f"{line}\n[features]\n"))
    assert message.startswith("c.toml: features.a: has tables in it")
    assert 'write "a.b" = { kind = "..." } under [features], or [features."a.b"]' in message


@pytest.mark.parametrize("stage", ["DEPRECATED", "PLANNED"])
def test_a_column_that_the_schema_takes_out_of_use_is_refused(stage):
    Path("schema.pbtxt").write_text(SCHEMA.replace('name: "fare"', f'name: "fare" lifecycle_stage: {stage}'))
    message = refusal()
    assert message.startswith(f"c.toml: features.fare: column 'fare' is {stage} in schema.pbtxt")
