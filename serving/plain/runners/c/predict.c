/* The network: what network.json says. */
#include "runner.h"
#include <math.h>
#include <string.h>

static void add(float *to, const float *from, int width, float times) {
  for (int i = 0; i < width; i++) to[i] += from[i] * times;
}

static const float FARTHEST = 1e18f; /* all farther numbers are alike; the square of this one is still a float */

static float near(float x) { return x > FARTHEST ? FARTHEST : x < -FARTHEST ? -FARTHEST : x; }

/* Each number from its median in units of its quartiles, bent towards +-3; then its embedding, linear between quantiles. */
static float *embed_numbers(const struct model *m, const float *numbers, float *deep) {
  int n = inputs_of_numbers(m);
  for (int i = 0; i < n; i++) {
    float scaled = near((near(numbers[i]) - m->median[i]) / m->unit[i]), third = scaled / 3;
    deep[i] = scaled / sqrtf(1 + third * third);
  }
  float *embedded = deep + n;
  for (int i = 0; i < n; i++, embedded += m->pieces) {
    memcpy(embedded, m->offsets + i * m->pieces, m->pieces * sizeof(float));
    for (int p = i * m->edges; p < (i + 1) * m->edges; p++) {
      float piece = (near(numbers[i]) - m->begins[p]) * m->rates[p];
      if (piece > 0) add(embedded, m->slopes + p * m->pieces, m->pieces, piece < 1 ? piece : 1);
    }
  }
  return embedded;
}

/* Fills what the deep part sees, and adds up the linear part. */
static void embed(const struct model *m, const struct value *row, float *deep, float *linear) {
  float numbers[inputs_of_numbers(m) + 1];
  int indices[m->indices + 1];
  transform(m, row, numbers, indices);
  if (m->edges) deep = embed_numbers(m, numbers, deep);
  for (int i = 0; i < m->indices; i++, deep += m->embedding) {
    memcpy(deep, m->index_table.deep + indices[i] * m->embedding, m->embedding * sizeof(float));
    add(linear, m->index_table.linear + indices[i] * m->units, m->units, 1);
  }
  for (int t = 0; t < m->texts; t++, deep += m->embedding) {
    int places[m->text[t].terms];
    const struct value *v = row + m->text[t].column;
    int count = v->present ? places_of_text(m->text + t, v->text, places) : 0;
    float root = 1 / sqrtf(count ? count : 1);
    memset(deep, 0, m->embedding * sizeof(float));
    for (int p = 0; p < count; p++) {
      add(deep, m->text_table[t].deep + places[p] * m->embedding, m->embedding, root);
      add(linear, m->text_table[t].linear + places[p] * m->units, m->units, root);
    }
  }
}

static void dense(const float *kernel, const float *bias, int inputs, int outputs, const float *from, float *to) {
  memcpy(to, bias, outputs * sizeof(float));
  for (int i = 0; i < inputs; i++)
    if (from[i] != 0) add(to, kernel + i * outputs, outputs, from[i]);
}

/* One head's answer to what the deep part sees; outputs has the linear part already. */
static void ask_head(const struct model *m, int head, const float *deep, const float *linear, float *outputs) {
  float a[m->widest], b[m->widest], *from = a, *to = b;
  for (int i = 0; i < m->deep; i++) from[i] = deep[i] * m->factors[head * m->deep + i];
  int width = m->deep;
  for (int l = 0; l < m->layers; l++) {
    dense(m->layer[l].kernel, m->layer[l].bias, width, m->layer[l].outputs, from, to);
    width = m->layer[l].outputs;
    for (int o = 0; o < width; o++) to[o] = to[o] < 0 ? 0 : to[o]; /* what is no number stays none, as in TensorFlow */
    float *swap = from;
    from = to, to = swap;
  }
  dense(m->kernels + head * width * m->units, m->biases + head * m->units, width, m->units, from, outputs);
  add(outputs, linear, m->units, 1);
}

/* Turns a head's outputs into its answer: probabilities, or a value. */
static void name_outputs(const struct model *m, float *outputs) {
  if (m->task == TASK_BINARY) outputs[0] = 1 / (1 + expf(-outputs[0]));
  if (m->task != TASK_MULTICLASS) return;
  float most = outputs[0], sum = 0;
  for (int u = 1; u < m->units; u++) most = outputs[u] > most ? outputs[u] : most;
  for (int u = 0; u < m->units; u++) sum += outputs[u] = expf(outputs[u] - most);
  for (int u = 0; u < m->units; u++) outputs[u] /= sum;
}

int predict(const struct model *m, const struct value *row, float *answers) {
  float deep[m->deep], linear[m->units], outputs[m->units];
  memset(linear, 0, sizeof linear);
  memset(answers, 0, m->units * sizeof(float));
  embed(m, row, deep, linear);
  for (int head = 0; head < m->heads; head++) { /* the answer is the mean of the heads' answers */
    ask_head(m, head, deep, linear, outputs);
    name_outputs(m, outputs);
    add(answers, outputs, m->units, 1.0f / m->heads);
  }
  if (m->task == TASK_BINARY) return answers[0] >= m->decision;
  int label = 0;
  for (int u = 1; u < m->units; u++) label = answers[u] > answers[label] ? u : label;
  if (m->task == TASK_MULTICLASS) return label;
  float value = answers[0] * m->deviation + m->mean;
  if (m->log) value = expm1f(value < 0 ? 0 : value > 88 ? 88 : value); /* float32 ends at exp(88.7) */
  answers[0] = value;
  return 0;
}
