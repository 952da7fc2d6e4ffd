// What of an answer is drawn and explained, and how it is written. serving/explain/scores.py says why log-odds.

const LEAST = 1e-7;

const percent = (p) => `${(100 * p).toFixed(1)} %`;
const logOdds = (p) => {
  const bounded = Math.min(Math.max(p, LEAST), 1 - LEAST);
  return Math.log(bounded) - Math.log1p(-bounded);
};

// Returns the scale of answers; of several classes, that of the class which `answer` names.
export function scaleOf({ task }, label, answer) {
  if (task === "regression") {
    const value = (found) => found.value;
    return { what: label, unit: label, value, score: value, text: number, range: null, ofScore: number };
  }
  const place = task === "multiclass" ? answer.probabilities.indexOf(Math.max(...answer.probabilities)) : 0;
  const value = (found) => (task === "multiclass" ? found.probabilities[place] : found.probability);
  return {
    what: task === "multiclass" ? `the probability of ${answer.label}` : `the probability that ${label}`,
    unit: "log-odds",
    value,
    score: (found) => logOdds(value(found)),
    text: percent,
    range: [0, 1],
    ofScore: (score) => percent(1 / (1 + Math.exp(-score))),
  };
}

export const number = (x) => Number(x.toPrecision(4)).toLocaleString("en", { maximumSignificantDigits: 4 });
const three = (x) => Math.abs(x).toPrecision(3);
export const plain = (x) => `${x < 0 ? "−" : ""}${three(x)}`;
export const signed = (x) => `${x < 0 ? "−" : "+"}${three(x)}`;
