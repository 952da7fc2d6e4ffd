"""Text as a bag of words and of words that follow each other, in a TensorFlow graph of core operations."""

from __future__ import annotations

from collections.abc import Mapping

import tensorflow as tf
import tensorflow_transform as tft

from turnstile.columns import BYTES_A_TERM, Text
from turnstile.vocabulary_files import words_file

# Of what stands in one row only, nothing can be learned.
_LEAST_ROWS = 2


def bags(raw: Mapping[str, tf.Tensor], features: Mapping[str, Text], aliases: Mapping[str, str]) -> tf.Tensor:
    """The terms of each text, by their place in its vocabulary; laid out by turnstile.model_inputs, [batch, width].

    Each term of a row is there once. A place counts from 1, the most frequent one; 0 fills the rest of a row.

    Args:
        raw: columns, [batch, 1] each.
        features: the texts among them.
        aliases: the names of columns in the graph.
    """
    return tf.concat([_bag(raw[name][:, 0], text, aliases[name]) for name, text in features.items()], axis=1)


def _bag(text: tf.Tensor, feature: Text, alias: str) -> tf.Tensor:
    found = terms(text, feature)
    places = tft.compute_and_apply_vocabulary(
        found.values,
        default_value=-1,
        top_k=feature.top_k,
        frequency_threshold=_LEAST_ROWS,
        vocab_filename=words_file(alias),
    )
    known = places >= 0
    # A row's number and a place make one number, so that each pair of them is kept once.
    pairs = tf.boolean_mask(found.value_rowids() * feature.top_k + places, known)
    once = tf.unique(pairs).y
    bag = tf.RaggedTensor.from_value_rowids(once % feature.top_k + 1, once // feature.top_k, found.nrows())
    return bag.to_tensor(default_value=0, shape=[None, feature.terms])


def terms(text: tf.Tensor, feature: Text) -> tf.RaggedTensor:
    """The words of each text in small letters, then the runs of `ngrams` words, joined by blanks; [batch, ...].

    Whatever is neither a letter nor a digit ends a word, but an apostrophe in it, which is left out.
    """
    small = tf.strings.lower(tf.strings.substr(text, 0, BYTES_A_TERM * feature.terms), encoding="utf-8")
    bare = tf.strings.regex_replace(tf.strings.regex_replace(small, "['\u2019]", ""), r"[^\pL\pN]+", " ")
    words = tf.strings.split(bare)
    runs = [tf.strings.ngrams(words, length) for length in range(2, feature.ngrams + 1)]
    return tf.concat([words, *runs], axis=1)
