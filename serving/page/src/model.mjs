// Whom the page asks: the model that it carries, or a server. Both take rows of values by column, and promise answers.

import { load } from "../../plain/runners/js/runner.mjs";

const SLICE_MS = 24; // of work at a time, between which the browser draws and takes input
const ROWS_OF_A_REQUEST = 1000;
const TOLERANCE = 1e-5; // the largest difference from the version's own answers, as for `turnstile export`

// Weights are float32 numbers in base64, half as long as their digits.
function revived(key, value) {
  if (typeof value?.base64 !== "string") return value;
  const bytes = Uint8Array.from(atob(value.base64), (letter) => letter.charCodeAt(0));
  return { shape: value.shape, values: new Float32Array(bytes.buffer) };
}

export function read(text) {
  const contents = JSON.parse(text, revived);
  return { ...contents, model: load(contents.preprocess, contents.network) };
}

export function local(model) {
  return async (rows, signal) => {
    const answers = [];
    let end = performance.now() + SLICE_MS;
    for (const row of rows) {
      if (performance.now() > end) {
        await new Promise((resolve) => setTimeout(resolve));
        signal?.throwIfAborted();
        end = performance.now() + SLICE_MS;
      }
      answers.push(model.predict(row));
    }
    return answers;
  };
}

// Asks TensorFlow Serving's REST API; `server` is an address, or "" for that of the page.
export function remote(server, name, columns) {
  const url = `${server.replace(/\/$/, "")}/v1/models/${encodeURIComponent(name)}:predict`;
  const ask = async (rows, signal) => {
    const body = `{"signature_name":"raw","instances":[${rows.map((row) => instance(row, columns))}]}`;
    const response = await fetch(url, { method: "POST", body, signal });
    const found = await response.json();
    if (found.error) throw new Error(`${url}: ${found.error}`);
    return found.predictions.map((answer) => (typeof answer === "object" ? answer : { value: answer }));
  };
  return async (rows, signal) => {
    const answers = [];
    for (let begin = 0; begin < rows.length; begin += ROWS_OF_A_REQUEST) {
      answers.push(...(await ask(rows.slice(begin, begin + ROWS_OF_A_REQUEST), signal)));
    }
    return answers;
  };
}

const MISSING = { number: "NaN", integer: "-9223372036854775808", text: '""' };

// JSON by hand: a whole number keeps all of its digits, and NaN stands for a missing number.
function instance(row, columns) {
  const members = columns.map(({ name, input, type }) => {
    const value = row[name] ?? null;
    if (value === null || value === "") return `${JSON.stringify(input)}:${MISSING[type]}`;
    if (type === "text") return `${JSON.stringify(input)}:${JSON.stringify(String(value))}`;
    const number = Number(value);
    if (!(type === "integer" ? /^\s*[+-]?\d+\s*$/.test(value) : Number.isFinite(number))) {
      throw new Error(`column '${name}': expected ${type === "integer" ? "a whole number" : "a number"}, got '${value}'`);
    }
    return `${JSON.stringify(input)}:${type === "integer" ? BigInt(value) : number}`;
  });
  return `{${members.join()}}`;
}

// Returns how far the model of the page is from the version that it was made of, by its answers to the recorded rows.
export function difference(model, { rows, answers }) {
  const numbers = (answer) => answer.probabilities ?? [answer.probability ?? answer.value];
  const differences = rows.flatMap((row, r) => {
    const [found, expected] = [numbers(model.predict(row)), numbers(answers[r])];
    return found.map((x, i) => Math.abs(x - expected[i]) / Math.max(1, Math.abs(expected[i])));
  });
  const largest = Math.max(0, ...differences);
  if (!(largest <= TOLERANCE)) throw new Error(`this browser computes other answers than the version: they differ by ${largest}`);
  return largest;
}
