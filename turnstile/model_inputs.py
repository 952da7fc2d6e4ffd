"""What each raw column becomes after Transform: the one place that derives names, positions and index ranges."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict

from turnstile.aliases import aliases
from turnstile.columns import Boolean, Bucketized, Categorical, Feature, Numeric, Text, Time, Vocabulary
from turnstile.labels import Label

# What a transformed row is made of. Two vectors, not a column for each feature: every stage and every request that
# touches a row then pays for three columns, however many features there are.
NUMBERS = "numbers"  # float32 [batch, len(ModelInputs.numbers)]
INDICES = "indices"  # int64 [batch, len(ModelInputs.indices)]
WORDS = "words"  # int64 [batch, sum of their terms], if there are texts: see ModelInputs.words
LABEL = "label"
# What NUMBERS has of each time: two z-scores, the position on three cycles, and whether it is missing.
_CYCLES = ("month", "weekday", "hour")
TIME_PARTS = ("year", "time", *(f"{cycle} {axis}" for cycle in _CYCLES for axis in ("sine", "cosine")), "missing")


class Columns(BaseModel):
    """The features and the label: all that Transform, Trainer and the signatures need of a config."""

    model_config = ConfigDict(frozen=True)

    features: dict[str, Feature]
    label: Label

    @property
    def aliases(self) -> dict[str, str]:
        """The name of each feature's column in the graph."""
        return aliases(self.features)

    def numeric(self) -> dict[str, Numeric]:
        """Returns the features that become a z-score and an indicator that the value is missing."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, Numeric)}

    def bucketized(self) -> dict[str, int]:
        """Returns the number of quantile buckets of each feature that has them."""
        kinds = Bucketized | Numeric
        return {n: f.buckets for n, f in self.features.items() if isinstance(f, kinds) and f.buckets}

    def vocabularies(self) -> dict[str, Vocabulary]:
        """Returns the features that name something by strings or any integers."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, Vocabulary)}

    def categorical(self) -> dict[str, Categorical]:
        """Returns the features that are small integers."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, Categorical)}

    def times(self) -> dict[str, Time]:
        """Returns the features that are dates or times."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, Time)}

    def texts(self) -> dict[str, Text]:
        """Returns the features that people have written."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, Text)}

    def booleans(self) -> dict[str, Boolean]:
        """Returns the features that are true or false."""
        return {name: feature for name, feature in self.features.items() if isinstance(feature, Boolean)}


@dataclass(frozen=True)
class ModelInputs:
    """What stands where in NUMBERS, in INDICES and in WORDS.

    Args:
        numbers: what each number is.
        indices: what each index is, and how many indices it has; the last one means "missing".
        words: which texts there are. Each has `terms` places, of which 0 means none, and 1 to `top_k` a term.
    """

    numbers: tuple[str, ...]
    indices: Mapping[str, int]
    words: Mapping[str, Text]


def model_inputs(columns: Columns) -> ModelInputs:
    """Lays out the model's inputs: kind by kind, each in the order of the config.

    No two names are alike: an alias has no space in it.
    """
    alias = columns.aliases
    numeric = [alias[name] for name in columns.numeric()]
    return ModelInputs(
        numbers=(
            *(*numeric, *(f"{name} missing" for name in numeric)),
            *(f"{alias[name]} {part}" for name in columns.times() for part in TIME_PARTS),
        ),
        indices={f"{alias[name]} bucket": buckets + 1 for name, buckets in columns.bucketized().items()}
        | {alias[name]: missing_index(feature) + 1 for name, feature in columns.vocabularies().items()}
        | {alias[name]: missing_index(feature) + 1 for name, feature in columns.categorical().items()}
        | {alias[name]: missing_index(feature) + 1 for name, feature in columns.booleans().items()},
        words={alias[name]: feature for name, feature in columns.texts().items()},
    )


def missing_index(feature: Vocabulary | Categorical | Boolean) -> int:
    """The index that means "missing", the last one.

    Vocabulary: the known values, then the out-of-vocabulary buckets, come first. Categorical: 0..size-1 are values
    and `size` is any other integer. Boolean: 0 is false and 1 is true.
    """
    if isinstance(feature, Vocabulary):
        return feature.top_k + feature.oov_buckets
    return feature.size + 1 if isinstance(feature, Categorical) else 2
