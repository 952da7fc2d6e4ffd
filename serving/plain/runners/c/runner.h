/* Answers rows as the signature `raw` of the exported model does: C99, the standard library and libm only.
 *
 *     struct value row[COLUMNS] = {{0}};               // all missing
 *     row[FARE].number = 12.5, row[FARE].present = 1;  // model.h has the places of the columns
 *     float answers[ANSWERS];
 *     int label = predict(&model, row, answers);
 *
 * Compile with: cc -std=c99 -O2 *.c -lm. The option -std=c99 keeps the compiler from rounding in other places than
 * TensorFlow does. Nothing is allocated, and several threads may predict at once. */
#ifndef RUNNER_H
#define RUNNER_H

/* A column of a row: of number, integer and text, the one that is the column's type. */
struct value {
  int present; /* 0 where it is missing; a number that is not finite and an empty text are missing, too */
  double number;
  long long integer;
  const char *text; /* UTF-8 */
};

enum type { TYPE_NUMBER, TYPE_INTEGER, TYPE_TEXT };
enum task { TASK_BINARY, TASK_MULTICLASS, TASK_REGRESSION };
enum kind { KIND_BUCKET, KIND_VOCABULARY, KIND_CATEGORICAL, KIND_BOOLEAN };

struct column { const char *name; enum type type; };

/* A word and its place; lists of them are sorted by their bytes. */
struct word { const char *text; int place; };

struct number { int column, log; float mean, deviation; };

/* A time; per_second is 0 for text and -1 for days. The means and deviations are those of the year, then of the time. */
struct moment { int column; long long per_second; double mean[2], deviation[2]; };

struct index {
  int column, begin, missing;
  enum kind kind;
  int size; /* of a bucket, the number of boundaries; of a vocabulary, its places without those of other words */
  int others; /* of a vocabulary, among how many places other words are divided */
  const float *boundaries;
  const struct word *words; /* of a boolean, with place 1 for what means true, and 0 for false */
  int count;
};

struct text { int column, ngrams, terms, bytes; const struct word *words; int count; };

struct table { const float *deep, *linear; };
struct layer { int inputs, outputs; const float *kernel, *bias; };

/* Letters from a code point to another; a small letter is so far from each large one, of which there is one every so many. */
struct range { unsigned from, to; };
struct small { unsigned from, to; int every, distance; };

struct model {
  int columns, numbers, moments, indices, texts, layers;
  const struct column *column;
  const struct number *number;
  const struct moment *moment;
  const struct index *index;
  const struct text *text;
  int edges, pieces; /* of each number: the pieces between its quantiles, and the values that it is embedded in */
  const float *median, *unit, *begins, *rates, *slopes, *offsets;
  int embedding; /* the width of an embedding of an index or a word */
  struct table index_table;
  const struct table *text_table;
  int deep, widest; /* the width of what the deep part sees, and of the widest layer */
  int heads, units;
  const float *factors, *kernels, *biases;
  const struct layer *layer;
  enum task task;
  int log;
  float decision, mean, deviation;
  const char *const *classes; /* as JSON: text in its quotes, or a whole number */
};

extern const struct model model; /* in model.c, as are what Unicode says of code points, as far as the model needs it */
extern const struct range WORD_LETTERS[], CASED[], CASE_IGNORABLE[];
extern const struct small SMALL[];
extern const int COUNT_OF_WORD_LETTERS, COUNT_OF_CASED, COUNT_OF_CASE_IGNORABLE, COUNT_OF_SMALL;

/* The widths that the model sees of a row: numbers, and a row of the table for each index. */
int inputs_of_numbers(const struct model *m);
void transform(const struct model *m, const struct value *row, float *numbers, int *indices);
/* Writes the places of a text's terms; returns how many there are, at most its `terms`. */
int places_of_text(const struct text *t, const char *written, int *places);
int place_of_word(const struct word *words, int count, const char *word); /* -1 if it is none of them */
/* Seconds since 1970, and whether there is such a time. */
int seconds_of(const struct value *v, long long per_second, long long *seconds);
void time_parts(const struct moment *t, const struct value *v, float parts[9]);
unsigned long long fingerprint(const char *text);

/* Answers a row. Writes the probability of 1, the probability of each class, or the value; returns the label: 0 or 1,
 * or the place of the likeliest class. */
int predict(const struct model *m, const struct value *row, float *answers);

#endif
