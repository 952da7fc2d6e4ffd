/* The network's inputs, as Transform's graph makes them of a row: what preprocess.json says. */
#include "runner.h"
#include <ctype.h>
#include <math.h>
#include <stdlib.h>
#include <stdio.h>
#include <string.h>

enum { LONGEST_BOOLEAN = 8, PARTS_OF_TIME = 9, DIGITS = 24 };

int inputs_of_numbers(const struct model *m) { return 2 * m->numbers + PARTS_OF_TIME * m->moments; }

static int is_there(const struct model *m, const struct value *row, int column) {
  if (!row[column].present) return 0;
  if (m->column[column].type == TYPE_NUMBER) return isfinite((float)row[column].number);
  return m->column[column].type == TYPE_INTEGER || row[column].text[0];
}

static float as_float(const struct model *m, const struct value *row, int column) {
  return m->column[column].type == TYPE_NUMBER ? (float)row[column].number : (float)row[column].integer;
}

static int by_bytes(const void *key, const void *word) { return strcmp(key, ((const struct word *)word)->text); }

int place_of_word(const struct word *words, int count, const char *word) {
  const struct word *found = count ? bsearch(word, words, count, sizeof *words, by_bytes) : NULL;
  return found ? found->place : -1;
}

/* Without white space around it, in small letters; a word that is too long to say true or false is cut off. */
static int truth(const struct index *f, const char *text) {
  char word[LONGEST_BOOLEAN + 1];
  int length = 0;
  while (*text && strchr(" \t\n\v\f\r", *text)) text++;
  for (; *text && length < LONGEST_BOOLEAN; text++) word[length++] = *text >= 'A' && *text <= 'Z' ? *text + 32 : *text;
  if (*text && strspn(text, " \t\n\v\f\r") < strlen(text)) return 2;
  while (length && strchr(" \t\n\v\f\r", word[length - 1])) length--;
  word[length] = 0;
  int place = place_of_word(f->words, f->count, word);
  return place < 0 ? 2 : place;
}

static int place(const struct model *m, const struct index *f, const struct value *row) {
  if (f->kind == KIND_BUCKET) {
    float x = as_float(m, row, f->column);
    int bucket = 0;
    while (bucket < f->size && x >= f->boundaries[bucket]) bucket++;
    return bucket;
  }
  long long whole = row[f->column].integer;
  if (f->kind == KIND_CATEGORICAL) return whole >= 0 && whole < f->size ? (int)whole : f->size;
  char digits[DIGITS];
  const char *text = row[f->column].text;
  if (m->column[f->column].type == TYPE_INTEGER) snprintf(digits, sizeof digits, "%lld", whole), text = digits;
  if (f->kind == KIND_BOOLEAN) return truth(f, text);
  int known = place_of_word(f->words, f->count, text);
  if (known >= 0) return known;
  return f->size + (f->others > 1 ? (int)((fingerprint(text) & (~0ULL >> 2)) % f->others) : 0);
}

void transform(const struct model *m, const struct value *row, float *numbers, int *indices) {
  for (int i = 0; i < m->numbers; i++) {
    const struct number *f = m->number + i;
    int there = is_there(m, row, f->column);
    float x = there ? as_float(m, row, f->column) : 0;
    if (f->log) x = copysignf(log1pf(fabsf(x)), x);
    x -= f->mean;
    numbers[i] = !there ? 0 : f->deviation != 0 ? x / f->deviation : x;
    numbers[m->numbers + i] = !there;
  }
  for (int i = 0; i < m->moments; i++) {
    const struct moment *f = m->moment + i;
    const struct value *v = is_there(m, row, f->column) ? row + f->column : NULL;
    time_parts(f, v, numbers + 2 * m->numbers + PARTS_OF_TIME * i);
  }
  for (int i = 0; i < m->indices; i++) {
    const struct index *f = m->index + i;
    indices[i] = f->begin + (is_there(m, row, f->column) ? place(m, f, row) : f->missing);
  }
}
