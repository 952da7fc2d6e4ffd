// The answer, as large as a person looks for it.

import { at, make, show, svg } from "./elements.mjs";
import { number } from "./scale.mjs";

const WIDTH = 240;

const SHOWN = {
  binary({ decision }, label, { probability, label: decided }) {
    const from = `The model says ${decided}; it says 1 from ${(100 * decision).toFixed(0)} % on.`;
    return [`${(100 * probability).toFixed(1)} %`, `Probability that ${label}. ${from}`, [bar(probability, decision)]];
  },
  multiclass({ classes }, label, { probabilities, label: decided }) {
    const shares = classes.map((name, c) => [name, probabilities[c]]).sort((a, b) => b[1] - a[1]);
    const rows = shares.map(([name, share]) =>
      make("tr", {}, make("th", { scope: "row" }, String(name)), make("td", { class: "n" }, `${(100 * share).toFixed(1)} %`), make("td", {}, bar(share))),
    );
    return [String(decided), `The most probable ${label}.`, [make("table", {}, make("tbody", {}, rows))]];
  },
  regression: (_, label, { value }) => [value === null ? "no number" : number(value), `The expected ${label}.`, []],
};

export function showAnswer(kind, label, answer) {
  const [large, words, more] = SHOWN[kind.task](kind, label, answer);
  show("answer-large", large);
  show("answer-words", words);
  show("answer-more", more);
  at("answer").dataset.result = JSON.stringify(answer);
}

function bar(share, decision) {
  return svg("svg", { viewBox: `0 0 ${WIDTH} 10`, class: "share", preserveAspectRatio: "none", "aria-hidden": "true" },
    svg("rect", { class: "all", width: WIDTH, height: 10 }),
    svg("rect", { class: "part", width: WIDTH * share, height: 10 }),
    decision === undefined ? null : svg("line", { x1: WIDTH * decision, x2: WIDTH * decision, y1: 0, y2: 10 }));
}
