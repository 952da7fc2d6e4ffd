/* Answers rows of a table: ./model < rows.tsv > answers.jsonl
 *
 * The first line has the columns' names, between tabs; each other line is a row. An empty cell is missing. In a cell,
 * \t, \n, \r and \\ stand for a tab, the ends of a line and a backslash. An answer is a line of JSON. */
#include "runner.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_CELLS = 4096, USAGE = 2 };

/* Reads all of the standard input, with a 0 after it; sets the length. */
static char *read_all(size_t *length) {
  size_t size = 1 << 16;
  char *text = malloc(size);
  for (*length = 0; text && (*length += fread(text + *length, 1, size - 1 - *length, stdin)) == size - 1;)
    text = realloc(text, size *= 2);
  if (!text) fputs("there is not enough memory for the rows\n", stderr), exit(1);
  text[*length] = 0;
  return text;
}

/* Cuts a line into its cells, and puts back what is escaped in them; returns how many there are. */
static int cut(char *line, char **cells) {
  int count = 0;
  for (char *cell = line, *next; cell && count < MOST_CELLS; cell = next) {
    if ((next = strchr(cell, '\t'))) *next++ = 0;
    char *to = cells[count++] = cell;
    for (char *from = cell; (*to = *from); from++, to++) {
      if (*from != '\\' || !from[1]) continue;
      from++;
      *to = *from == 't' ? '\t' : *from == 'n' ? '\n' : *from == 'r' ? '\r' : *from;
    }
  }
  return count;
}

static struct value read_value(const struct column *column, const char *cell, int row) {
  struct value v = {*cell != 0, 0, 0, cell};
  char *end = (char *)cell;
  errno = 0;
  if (column->type == TYPE_NUMBER) v.number = strtod(cell, &end);
  if (column->type == TYPE_INTEGER) v.integer = strtoll(cell, &end, 10);
  if (column->type != TYPE_TEXT && v.present && (*end || (errno && column->type == TYPE_INTEGER))) {
    const char *expected = column->type == TYPE_NUMBER ? "a number" : "a whole number";
    fprintf(stderr, "row %d, column '%s': expected %s, got '%s'\n", row, column->name, expected, cell);
    exit(USAGE);
  }
  return v;
}

static void print_number(const char *before, float number) {
  isfinite(number) ? printf("%s%.9g", before, number) : printf("%snull", before);
}

static void answer(const struct value *row) {
  float answers[model.units];
  int label = predict(&model, row, answers);
  if (model.task == TASK_REGRESSION) print_number("{\"value\": ", answers[0]);
  if (model.task == TASK_BINARY) print_number("{\"probability\": ", answers[0]), printf(", \"label\": %d", label);
  if (model.task == TASK_MULTICLASS) {
    for (int u = 0; u < model.units; u++) print_number(u ? ", " : "{\"probabilities\": [", answers[u]);
    printf("], \"label\": %s", model.classes[label]);
  }
  puts("}");
}

int main(void) {
  static char *names[MOST_CELLS], *cells[MOST_CELLS];
  struct value row[model.columns];
  int named = 0, number = 0;
  size_t length;
  char *text = read_all(&length), *end = text + length;
  for (char *line = text, *next; line < end; line = next, number++) {
    next = line + strcspn(line, "\n") + 1;
    next[-1] = 0;
    int count = cut(line, number ? cells : names);
    if (!number) named = count;
    if (!number) continue;
    memset(row, 0, sizeof row);
    for (int cell = 0; cell < count && cell < named; cell++)
      for (int c = 0; c < model.columns; c++)
        if (!strcmp(model.column[c].name, names[cell])) row[c] = read_value(model.column + c, cells[cell], number);
    answer(row);
  }
  return 0;
}
