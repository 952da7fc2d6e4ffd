// Answers rows as the signature `raw` of the exported model does: no dependencies, no network; browsers and Node.
//
//   import { load } from "./runner.mjs";
//   const model = load(preprocess, network);                 // preprocess.json and network.json, parsed
//   model.predict({ fare: 12.5, company: "Flash Cab" });     // { probability: 0.31, label: 0 }
//   model.columns;                                           // what a row may have: name, input, type
//
// A column that a row leaves out is missing, as is null, "" and NaN. A number may be given as text. A value that is not
// of its column's type is refused by an Error whose message names the column.

import { transformer } from "./transform.mjs";

const FORMAT = 1;
const f32 = Math.fround; // TensorFlow computes in float32; where a rounding decides, so does this

export function load(preprocess, network) {
  for (const { format } of [preprocess, network]) {
    if (format !== FORMAT) throw new Error(`this runner reads format ${FORMAT}, got ${format}; take that of the export`);
  }
  const transform = transformer(preprocess);
  const answer = answerer(network);
  return { columns: preprocess.columns, predict: (row) => answer(transform(row)) };
}

// ---- The network

const flat = ({ values }) => Float32Array.from(values);

function answerer({ numbers, indices, words, factors, hidden, heads, answer }) {
  const embedNumbers = numbers ? pieces(numbers) : () => [];
  const tables = { indices: indices && tableOf(indices), words: words.map(tableOf) };
  const views = flat(factors);
  const layers = hidden.map(({ kernel, bias }) => dense(flat(kernel), flat(bias), (x) => Math.max(x, 0)));
  const [count, , units] = heads.kernels.shape;
  const last = split(flat(heads.kernels), count).map((kernel, h) => dense(kernel, split(flat(heads.biases), count)[h], (x) => x));
  const named = ANSWERS[answer.task](answer);
  return (made) => {
    const linear = new Float64Array(units);
    const deep = embedNumbers(made.numbers);
    for (const row of made.indices) {
      deep.push(...tables.indices.deep(row));
      tables.indices.linear(row).forEach((x, u) => (linear[u] += x));
    }
    made.words.forEach((rows, text) => {
      const root = Math.sqrt(Math.max(rows.length, 1));
      deep.push(...sumOf(rows.map(tables.words[text].deep), tables.words[text].width).map((x) => x / root));
      sumOf(rows.map(tables.words[text].linear), units).forEach((x, u) => (linear[u] += x / root));
    });
    const outputs = last.map((layer, h) => {
      const view = new Float64Array(deep);
      for (let i = 0; i < view.length; i++) view[i] *= views[h * view.length + i];
      return layer(layers.reduce((x, next) => next(x), view)).map((x, u) => x + linear[u]);
    });
    return named(outputs);
  };
}

function tableOf({ deep, linear }) {
  const rows = (table) => {
    const [values, width] = [flat(table), table.shape[1]];
    return (row) => values.subarray(row * width, (row + 1) * width);
  };
  return { deep: rows(deep), linear: rows(linear), width: deep.shape[1] };
}

function sumOf(rows, width) {
  const sum = new Float64Array(width);
  for (const row of rows) row.forEach((x, i) => (sum[i] += x));
  return sum;
}

const split = (values, parts) => Array.from({ length: parts }, (_, p) => values.subarray((p * values.length) / parts, ((p + 1) * values.length) / parts));

// A dense layer. Nearly all of the time is spent here: hence loops, over columns of the kernel that lie together.
function dense(kernel, bias, activation) {
  const columns = split(transposed(kernel, bias.length), bias.length);
  return (inputs) => {
    const outputs = new Float64Array(bias);
    for (let o = 0; o < outputs.length; o++) outputs[o] = activation(outputs[o] + dot(columns[o], inputs));
    return outputs;
  };
}

function transposed(kernel, width) {
  const height = kernel.length / width;
  return Float64Array.from(kernel, (_, at) => kernel[(at % height) * width + Math.floor(at / height)]);
}

// Two sums, because a processor need not wait for one to go on with the other.
function dot(a, b) {
  const pairs = a.length - (a.length % 2);
  let [even, odd] = [0, 0];
  for (let i = 0; i < pairs; i += 2) {
    even += a[i] * b[i];
    odd += a[i + 1] * b[i + 1];
  }
  return pairs < a.length ? even + odd + a[pairs] * b[pairs] : even + odd;
}

const FARTHEST = f32(1e18); // all farther numbers are alike; the square of this one is still a number of float32
const near = (x) => Math.max(-FARTHEST, Math.min(FARTHEST, x));

// Each number from its median in units of its quartiles, bent towards +-3; then its embedding, linear between quantiles.
function pieces({ median, unit, begins, rates, slopes, offsets }) {
  const [medians, units, starts, speeds, steps, base] = [median, unit, begins, rates, slopes, offsets].map(flat);
  const [edges, width] = [begins.shape[1], offsets.shape[1]];
  return (found) => {
    const numbers = found.map(near);
    const scaled = numbers.map((x, n) => near(f32(f32(x - medians[n]) / units[n])));
    const bent = scaled.map((x) => x / f32(Math.sqrt(f32(1 + f32(f32(x / 3) ** 2)))));
    const embedded = Array.from(base);
    numbers.forEach((x, n) => {
      for (let p = 0; p < edges; p++) {
        const at = n * edges + p;
        const piece = Math.max(0, Math.min(1, f32(f32(x - starts[at]) * speeds[at])));
        if (piece > 0) for (let w = 0; w < width; w++) embedded[n * width + w] += piece * steps[at * width + w];
      }
    });
    return [...bent, ...embedded];
  };
}

// The answer is the mean of the heads' answers.
const mean = (numbers) => numbers.reduce((sum, x) => sum + x, 0) / numbers.length;

const ANSWERS = {
  binary({ decision }) {
    return (outputs) => {
      const probability = mean(outputs.map(([logit]) => 1 / (1 + Math.exp(-logit))));
      return { probability, label: Number(f32(probability) >= f32(decision)) };
    };
  },
  multiclass({ classes }) {
    return (outputs) => {
      const shares = outputs.map(softmax);
      const probabilities = classes.map((_, c) => mean(shares.map((share) => share[c])));
      return { probabilities, label: classes[probabilities.indexOf(Math.max(...probabilities))] };
    };
  },
  regression({ log, deviation, mean: middle }) {
    return (outputs) => {
      const value = mean(outputs.map(([output]) => output)) * f32(deviation) + f32(middle);
      return { value: log ? Math.expm1(Math.max(0, Math.min(88, value))) : value }; // float32 ends at exp(88.7)
    };
  },
};

function softmax(logits) {
  const most = Math.max(...logits);
  const powers = Array.from(logits, (x) => Math.exp(x - most));
  const sum = powers.reduce((a, b) => a + b, 0);
  return powers.map((x) => x / sum);
}
