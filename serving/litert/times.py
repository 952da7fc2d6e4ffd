"""Times as operations that LiteRT has: whole numbers to what the network sees of a time, for one row.

LiteRT cannot divide 64 bits, nor compute in double precision. So divisions are made of float32 estimates whose rest is
computed exactly, and a mean is taken from a time in whole seconds before anything is rounded.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import tensorflow as tf

from turnstile.times import DAY, EPOCH, ERA_DAYS, ERA_YEARS, FARTHEST, FIRST, LAST, PER_SECOND, THURSDAY

_HOUR = 3_600
# An estimate is too small by 2^-20, several times what float32 rounds: so it is never too large, and no product
# overflows. Three of them leave of 2^63 a rest of the divisor, and a little more.
_ESTIMATES, _SMALLER = 3, 1 - 2.0**-20


def parts(features: Sequence[Mapping[str, Any]], values: Sequence[tf.Tensor], present: tf.Tensor) -> tf.Tensor:
    """Returns what the network sees of times, [features, parts] in the order of turnstile.model_inputs.TIME_PARTS.

    Args:
        features: the times, as preprocess.json has them. Each has a unit.
        values: the column of each, int64 [1].
        present: whether each is there, [features].
    """
    seconds, days = (tf.concat(each, axis=0) for each in zip(*map(_counted, features, values), strict=True))
    present &= (seconds >= FIRST) & (seconds <= LAST)
    seconds, days = (tf.where(present, each, tf.zeros_like(each)) for each in (seconds, days))
    of_day = tf.cast(seconds - days * DAY, tf.int32)
    days = tf.cast(days, tf.int32)
    year, month = _civil(days)
    shares = [_share(month - 1, 12), _share((days + THURSDAY) % 7, 7), _share(of_day // _HOUR, 24)]
    cycles = [turn(share * (2 * math.pi)) for share in shares for turn in (tf.sin, tf.cos)]
    scores = [
        _score([f["year"] for f in features], tf.cast(year, tf.int64)),
        _score([f["time"] for f in features], seconds),
    ]
    there = tf.cast(present, tf.float32)
    return tf.stack([*(tf.where(present, each, 0.0) for each in (*scores, *cycles)), 1 - there], axis=1)


def _counted(feature: Mapping[str, Any], values: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Returns seconds and days since 1970."""
    if feature["unit"] == "day":
        days = tf.clip_by_value(values, FIRST // DAY - 1, LAST // DAY + 1)  # so that no product is larger than an int64
        return days * DAY, days
    seconds = _divided(values, PER_SECOND[feature["unit"]])
    return seconds, _divided(seconds, DAY)


def _divided(values: tf.Tensor, by: int) -> tf.Tensor:
    """Divides int64 by a constant, rounded down."""
    if by == 1:
        return values
    quotient, rest = tf.zeros_like(values), values
    for _ in range(_ESTIMATES):
        estimate = tf.cast(tf.cast(rest, tf.float32) * (_SMALLER / by), tf.int64)
        quotient, rest = quotient + estimate, rest - estimate * by
    off = tf.cast(rest >= by, tf.int64) - tf.cast(rest < 0, tf.int64) - tf.cast(rest < -by, tf.int64)
    return quotient + off


def _score(of: Sequence[Mapping[str, float]], values: tf.Tensor) -> tf.Tensor:
    """The z-scores of whole numbers, with means and deviations of double precision."""
    mean, deviation = (np.array([each[key] for each in of]) for key in ("mean", "deviation"))
    whole = np.floor(mean)
    difference = tf.cast(values - whole.astype(np.int64), tf.float32) - (mean - whole).astype(np.float32)
    scores = difference / np.where(deviation > 0, deviation, 1).astype(np.float32)
    return tf.clip_by_value(scores, -FARTHEST, FARTHEST)


def _share(number: tf.Tensor, of: int) -> tf.Tensor:
    return tf.cast(number, tf.float32) / of


def _civil(days: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
    """Year and month of days since 1970, by the calendar that components/transform/times.py describes."""
    era, of_era = (days + EPOCH) // ERA_DAYS, (days + EPOCH) % ERA_DAYS
    year = (of_era - of_era // 1_460 + of_era // 36_524 - of_era // 146_096) // 365
    march = (5 * (of_era - (365 * year + year // 4 - year // 100)) + 2) // 153
    month = (march + 2) % 12 + 1
    return year + era * ERA_YEARS + tf.cast(month < 3, tf.int32), month
