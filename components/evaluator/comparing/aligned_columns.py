"""Gives a model today's rows in the types that it was exported for: integers as floats, and back; and as text.

Whoever parses a serialized Example takes the last value that it has of a column, as protocol buffers are merged. So a
row that is followed by a small Example of the same column, in another type, is that row with the column converted. This
way the model itself stays as it was exported, with every signature that takes rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tensorflow as tf

from components.missing_values import is_present, one_a_row, to_dense

# What each type is converted from.
OTHER = {tf.float32: tf.int64, tf.int64: tf.float32, tf.string: tf.int64}
_BYTES = [bytes([number]) for number in range(256)]
_DIGITS = 20  # of the longest integer, with its sign
_VARINT_BYTES, _VARINT_BITS = 10, 7  # of the longest integer in a protocol buffer, and bits in each byte of it


def converted(examples: tf.Tensor, types: Mapping[str, tf.DType]) -> tf.Tensor:
    """Returns rows in which some columns have another type; of a row's values, the first one counts.

    Args:
        examples: serialized tf.train.Examples, [batch].
        types: the type of each column to convert, which has the one of OTHER in `examples`.
    """
    return tf.strings.join([examples, *(_column(examples, name, dtype) for name, dtype in types.items())])


def values(examples: tf.Tensor, column: str, dtype: tf.DType) -> tf.Tensor:
    """Returns a column's first values, [batch], marked as components.missing_values does where there is none."""
    parsed = tf.io.parse_example(examples, {column: tf.io.VarLenFeature(dtype)})[column]
    return to_dense(parsed, one_a_row([parsed]))[:, 0]


def _column(examples: tf.Tensor, name: str, dtype: tf.DType) -> tf.Tensor:
    """An Example for each row that has only this column, in its new type; serialized, [batch]."""
    found = values(examples, name, OTHER[dtype])
    present = is_present(found)
    none = tf.train.Example()
    none.features.feature[name].Clear()  # a map's entry exists once it was asked for
    if dtype == tf.string:
        value = tf.strings.as_string(found)
        beginnings = [_beginning(name, dtype, b" " * size) for size in range(_DIGITS + 1)]
        beginning = tf.gather(tf.constant(beginnings), tf.strings.length(value))
    elif dtype == tf.float32:
        value, beginning = _float_bytes(found), tf.constant(_beginning(name, dtype, bytes(tf.float32.size)))
    else:
        value = _integer_bytes(tf.where(present, found, 0))
        beginning = tf.constant(_beginning(name, dtype, bytes(_VARINT_BYTES)))
    return tf.where(present, tf.strings.join([beginning, value]), tf.constant(none.SerializeToString()))


def _beginning(name: str, dtype: tf.DType, value: bytes) -> bytes:
    """The serialized Example of one value, whose last bytes are the value's, up to these.

    Args:
        name: the column.
        dtype: its type.
        value: as many bytes as the value has.
    """
    one = tf.train.Example()
    if dtype == tf.string:
        one.features.feature[name].bytes_list.value.append(value)
    elif dtype == tf.float32:
        one.features.feature[name].float_list.value.append(0.0)
    else:
        one.features.feature[name].int64_list.value.append(-1)  # takes all the bytes that an integer can
    return one.SerializeToString()[: -len(value) or None]


def _float_bytes(numbers: tf.Tensor) -> tf.Tensor:
    """The little-endian bytes of each number as float32, as strings."""
    return _strings(tf.bitcast(tf.cast(numbers, tf.float32), tf.uint8))


def _integer_bytes(numbers: tf.Tensor) -> tf.Tensor:
    """Each number as an int64 of a protocol buffer, at full length: seven bits a byte, and a bit that says "more"."""
    unsigned = tf.bitcast(tf.cast(numbers, tf.int64), tf.uint64)[:, tf.newaxis]
    shifts = tf.range(_VARINT_BYTES, dtype=tf.int64) * _VARINT_BITS
    bits = tf.bitwise.right_shift(unsigned, tf.cast(shifts, tf.uint64))
    low = tf.cast(tf.bitwise.bitwise_and(bits, tf.constant(2**_VARINT_BITS - 1, tf.uint64)), tf.int64)
    more = [2**_VARINT_BITS] * (_VARINT_BYTES - 1) + [0]
    return _strings(low + tf.constant(more, tf.int64))


def _strings(numbers: tf.Tensor) -> tf.Tensor:
    """Rows of bytes given as numbers, [batch, n], as strings, [batch]."""
    return tf.strings.reduce_join(tf.gather(tf.constant(_BYTES), tf.cast(numbers, tf.int32)), axis=1)


def export(model: Any, types: Mapping[str, tf.DType], signatures: Mapping[str, str], directory: str) -> None:
    """Writes a SavedModel that takes rows of today and asks `model` about them as `converted`.

    Args:
        model: what tf.saved_model.load gave.
        types: see `converted`.
        signatures: those to write, each with the name of its input.
        directory: where to.
    """
    module = tf.Module()
    module.model = model  # so that its variables and tables are written too
    examples = tf.TensorSpec([None], tf.string, name="examples")

    def as_exported(name: str) -> Any:
        signature, given = model.signatures[name], signatures[name]
        function = tf.function(lambda examples: signature(**{given: converted(examples, types)}), autograph=False)
        return function.get_concrete_function(examples)

    tf.saved_model.save(module, directory, signatures={name: as_exported(name) for name in signatures})
