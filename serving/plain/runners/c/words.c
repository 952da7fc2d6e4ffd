/* Texts: the places of their words, and of words that follow each other. */
#include "runner.h"
#include <stdlib.h>
#include <string.h>

enum { REPLACEMENT = 0xfffd, SIGMA = 0x3a3, FINAL_SIGMA = 0x3c2, DOTTED_I = 0x130, APOSTROPHE = 0x27, QUOTE = 0x2019 };

static int in_range(const void *key, const void *element) {
  unsigned letter = *(const unsigned *)key;
  const struct range *range = element;
  return letter < range->from ? -1 : letter > range->to;
}

static int is_one(unsigned letter, const struct range *ranges, int count) {
  return count && bsearch(&letter, ranges, count, sizeof *ranges, in_range) != NULL;
}

/* Decodes UTF-8; what is cut off or wrong becomes one replacement for each byte. Returns the number of letters. */
static int decoded(const char *text, int bytes, unsigned *letters) {
  const unsigned char *s = (const unsigned char *)text;
  int count = 0;
  for (int i = 0, more; i < bytes; i += 1 + more) {
    more = s[i] >= 0xf0 ? 3 : s[i] >= 0xe0 ? 2 : s[i] >= 0xc0 ? 1 : 0;
    unsigned letter = more == 3 ? s[i] & 7 : more == 2 ? s[i] & 15 : more ? s[i] & 31 : s[i];
    int fits = i + more < bytes && (s[i] < 0x80 || more);
    for (int j = 1; fits && j <= more; j++) fits = (s[i + j] & 0xc0) == 0x80, letter = letter << 6 | (s[i + j] & 63);
    if (!fits) more = 0, letter = REPLACEMENT;
    letters[count++] = letter;
  }
  return count;
}

static int encoded(unsigned letter, char *to) {
  if (letter < 0x80) return *to = (char)letter, 1;
  int more = letter < 0x800 ? 1 : letter < 0x10000 ? 2 : 3;
  for (int i = more; i; i--, letter >>= 6) to[i] = (char)(0x80 | (letter & 63));
  *to = (char)((more == 1 ? 0xc0 : more == 2 ? 0xe0 : 0xf0) | letter);
  return more + 1;
}

/* Whether the next letter in a direction that is not ignorable has a small and a large form. */
static int beside_is_cased(const unsigned *letters, int count, int at, int step) {
  for (at += step; at >= 0 && at < count; at += step) {
    if (is_one(letters[at], CASE_IGNORABLE, COUNT_OF_CASE_IGNORABLE)) continue;
    return is_one(letters[at], CASED, COUNT_OF_CASED);
  }
  return 0;
}

static unsigned small(const unsigned *letters, int count, int at) {
  unsigned letter = letters[at];
  if (letter == DOTTED_I) return 'i'; /* and a dot by itself, which is no part of a word */
  if (letter == SIGMA && beside_is_cased(letters, count, at, -1) && !beside_is_cased(letters, count, at, 1)) return FINAL_SIGMA;
  const struct small *found = COUNT_OF_SMALL ? bsearch(&letter, SMALL, COUNT_OF_SMALL, sizeof *SMALL, in_range) : NULL;
  return found && (letter - found->from) % found->every == 0 ? letter + found->distance : letter;
}

/* Writes the words in small letters, a blank after each, and where each begins; returns how many there are. Whatever is
 * neither a letter nor a digit ends a word, but an apostrophe, which is left out. */
static int split(const unsigned *letters, int count, char *words, int *begins) {
  int number = 0, length = 0, inside = 0;
  for (int i = 0; i < count; i++) {
    if (letters[i] == APOSTROPHE || letters[i] == QUOTE) continue;
    unsigned letter = small(letters, count, i);
    int belongs = is_one(letter, WORD_LETTERS, COUNT_OF_WORD_LETTERS);
    if (belongs && !inside) begins[number++] = length;
    if (!belongs && inside) words[length++] = ' ';
    if (belongs) length += encoded(letter, words + length);
    inside = belongs && letters[i] != DOTTED_I;
    if (letters[i] == DOTTED_I) words[length++] = ' ';
  }
  if (inside) words[length++] = ' ';
  begins[number] = length;
  return number;
}

int places_of_text(const struct text *t, const char *written, int *places) {
  int bytes = 0, count = 0;
  while (bytes < t->bytes && written[bytes]) bytes++;
  unsigned letters[bytes + 1];
  char words[2 * bytes + 2]; /* a small letter may be longer than the large one, by half at most */
  int begins[bytes / 2 + 2];
  int number = split(letters, decoded(written, bytes, letters), words, begins);
  for (int run = 1; run <= t->ngrams; run++) {
    for (int i = 0; i + run <= number && count < t->terms; i++) {
      char *end = words + begins[i + run] - 1;
      *end = 0;
      int place = place_of_word(t->words, t->count, words + begins[i]), j = 0;
      *end = ' ';
      while (j < count && places[j] != place) j++;
      if (place >= 0 && j == count) places[count++] = place;
    }
  }
  return count;
}
