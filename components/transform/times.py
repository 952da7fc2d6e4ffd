"""Times as numbers in a TensorFlow graph: text and integers to seconds since 1970, and these to the parts of a date.

Only integer arithmetic and core operations are used, so that the graph answers in TensorFlow Serving.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import NamedTuple

import tensorflow as tf
import tensorflow_transform as tft

from components.missing_values import is_present
from turnstile import times
from turnstile.columns import Time

_HOUR, _MINUTE = 3_600, 60


class Parts(NamedTuple):
    """Times taken apart; tensors of one shape. Where `present` is false, the others mean nothing.

    `seconds` are since 1970; `month`, `weekday` and `hour` are shares of a year, a week and a day, from 0 to below 1.
    """

    present: tf.Tensor
    seconds: tf.Tensor
    year: tf.Tensor
    month: tf.Tensor
    weekday: tf.Tensor
    hour: tf.Tensor


def parts(values: tf.Tensor, feature: Time) -> Parts:
    """Takes times apart.

    Args:
        values: a column of text, or of int64 if the feature has a unit.
        feature: the feature that is made of it.
    """
    seconds, present = _of_text(values) if feature.unit is None else _of_numbers(values, feature.unit)
    present &= (seconds >= times.FIRST) & (seconds <= times.LAST)
    days = tf.math.floordiv(seconds, times.DAY)
    year, month, _ = _civil(days)
    weekday = tf.math.floormod(days + times.THURSDAY, 7)
    hour = tf.math.floordiv(tf.math.floormod(seconds, times.DAY), _HOUR)
    return Parts(present, seconds, year, _share(month - 1, 12), _share(weekday, 7), _share(hour, 24))


def _share(number: tf.Tensor, of: int) -> tf.Tensor:
    return tf.cast(number, tf.float32) / of


def numbers(raw: Mapping[str, tf.Tensor], features: Mapping[str, Time]) -> tf.Tensor:
    """What the model sees of times, laid out by turnstile.model_inputs.TIME_PARTS; [batch, parts * features].

    Args:
        raw: columns, [batch, 1] each.
        features: the times among them.
    """
    found = {name: parts(raw[name], feature) for name, feature in features.items()}
    lengths = tf.concat([tf.concat([part.year, part.seconds], axis=1) for part in found.values()], axis=1)
    present = tf.concat([part.present for part in found.values() for _ in range(2)], axis=1)
    # Transform leaves NaNs out of means and variances.
    scores = tft.scale_to_z_score(tf.where(present, tf.cast(lengths, tf.float64), math.nan), elementwise=True)
    scores = tf.cast(tf.clip_by_value(tf.where(present, scores, 0), -times.FARTHEST, times.FARTHEST), tf.float32)
    made = []
    for part, of_time in zip(found.values(), tf.split(scores, len(found), axis=1), strict=True):
        angles = tf.concat([part.month, part.weekday, part.hour], axis=1) * (2 * math.pi)
        cycles = tf.reshape(tf.stack([tf.sin(angles), tf.cos(angles)], axis=2), [-1, 6])
        made += [of_time, tf.where(part.present, cycles, 0), 1 - tf.cast(part.present, tf.float32)]
    return tf.concat(made, axis=1)


def _of_numbers(values: tf.Tensor, unit: str) -> tuple[tf.Tensor, tf.Tensor]:
    present = is_present(values)
    if unit != "day":
        return tf.math.floordiv(values, times.PER_SECOND[unit]), present
    # So that no product is larger than an int64.
    ends = times.LAST // times.DAY + 1
    return tf.clip_by_value(values, -ends, ends) * times.DAY, present


def _of_text(text: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    is_time = tf.strings.regex_full_match(text, times.PATTERN)
    groups = tf.strings.regex_replace(text, times.PATTERN, r"\1,\2,\3,\4,\5,\6,\7,\8,\9")
    columns = tf.io.decode_csv(
        tf.where(is_time, groups, ",,,,,,,,"),
        [tf.constant([default], tf.int64) for default in (1970, 1, 1, 0, 0, 0)]
        + [tf.constant(["+"]), tf.constant([0], tf.int64), tf.constant([0], tf.int64)],
    )
    year, month, day, hour, minute, second, sign, offset_hours, offset_minutes = columns
    days = _days(year, month, day)
    exists = tf.equal(_civil(days)[2], day) & (year > 0)  # there is no 31 April
    offset = offset_hours * _HOUR + offset_minutes * _MINUTE
    local = days * times.DAY + hour * _HOUR + minute * _MINUTE + second
    return local - tf.where(tf.equal(sign, "-"), -offset, offset), is_time & exists


def _days(year: tf.Tensor, month: tf.Tensor, day: tf.Tensor) -> tf.Tensor:
    """Days since 1970-01-01."""
    year -= tf.cast(month < 3, tf.int64)
    march = tf.math.floormod(month - 3, 12)  # months since March
    leap_days = year // 4 - year // 100 + year // 400
    return 365 * year + leap_days + (153 * march + 2) // 5 + day - 1 - times.EPOCH


def _civil(days: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor, tf.Tensor]:
    """Year, month and day of days since 1970-01-01: the inverse of _days."""
    days += times.EPOCH
    era, of_era = days // times.ERA_DAYS, tf.math.floormod(days, times.ERA_DAYS)
    # Without its leap days, each year of the era has 365.
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    of_year = of_era - (365 * year + year // 4 - year // 100)
    march = (5 * of_year + 2) // 153
    month = tf.math.floormod(march + 2, 12) + 1
    return year + era * times.ERA_YEARS + tf.cast(month < 3, tf.int64), month, of_year - (153 * march + 2) // 5 + 1
