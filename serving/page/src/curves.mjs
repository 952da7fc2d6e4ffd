// What if: how the answer moves when one column changes and the others stay.

import { at, make, named, show, svg } from "./elements.mjs";
import { number } from "./scale.mjs";

const POINTS = 33; // of a curve
const MOST_BARS = 100; // the most frequent words
const FIRST = 6; // curves that are shown at once; the others are folded

// Returns the values to try of a field.
export function tried({ kind, whole, low, high, values }) {
  if (kind === "text") return [];
  if (kind !== "number") return values.slice(0, MOST_BARS);
  const spread = Array.from({ length: POINTS }, (_, i) => low + ((high - low) * i) / (POINTS - 1));
  return [...new Set(whole ? spread.map(Math.round) : spread)].map(String);
}

// Returns the curves, the one that moves most first.
export async function curves(fields, row, ask, signal) {
  const found = fields.map((field) => ({ field, xs: tried(field) })).filter(({ xs }) => xs.length > 1);
  const rows = found.flatMap(({ field, xs }) => xs.map((x) => ({ ...row, [field.column]: x })));
  const answers = await ask(rows, signal);
  let begin = 0;
  return found.map((curve) => ({ ...curve, answers: answers.slice(begin, (begin += curve.xs.length)) }));
}

export function showCurves(found, row, answer, scale, choose) {
  const drawn = found.map(({ answers, ...curve }) => ({ ...curve, ys: answers.map(scale.value) }));
  const reach = ({ ys }) => Math.max(...ys) - Math.min(...ys);
  drawn.sort((a, b) => reach(b) - reach(a));
  const all = [scale.value(answer), ...drawn.flatMap(({ ys }) => ys)];
  const range = scale.range ?? [Math.min(...all), Math.max(...all)];
  const figures = drawn.map((curve) => figure(curve, row, scale, range, choose));
  show("curves", figures.slice(0, FIRST));
  show("more-curves", figures.slice(FIRST));
  at("more").hidden = figures.length <= FIRST;
}

const [WIDTH, HEIGHT, TOP] = [240, 96, 8];

function figure({ field, xs, ys }, row, scale, [low, high], choose) {
  const y = (value) => HEIGHT - ((HEIGHT - TOP) * (value - low)) / (high - low || 1);
  const curve = field.kind === "number" ? line(xs.map(Number), ys, y, row[field.column]) : bars(xs, ys, y, row[field.column]);
  const [least, most] = [ys.indexOf(Math.min(...ys)), ys.indexOf(Math.max(...ys))];
  const name = (i) => (field.kind === "number" ? number(Number(xs[i])) : xs[i]);
  const summary = `${scale.text(ys[least])} at ${name(least)}, ${scale.text(ys[most])} at ${name(most)}`;
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT + 2}`, role: "img", "aria-label": `${field.column}: ${summary}` }, curve);
  picture.addEventListener("click", (event) => {
    const box = picture.getBoundingClientRect();
    const share = (event.clientX - box.left) / box.width;
    const place = field.kind === "number" ? Math.round(share * (xs.length - 1)) : Math.floor(share * xs.length);
    choose(field.column, xs[Math.min(xs.length - 1, Math.max(0, place))]);
  });
  const ends = make("div", { class: "ends", "aria-hidden": "true" }, make("span", {}, name(0)), make("span", {}, name(xs.length - 1)));
  return make("figure", {}, make("figcaption", {}, named(field.column)), picture, ends, make("small", {}, summary));
}

function line(xs, ys, y, given) {
  const [first, last] = [xs[0], xs.at(-1)];
  const x = (value) => (WIDTH * (value - first)) / (last - first);
  const path = svg("path", { d: `M${xs.map((value, i) => `${x(value).toFixed(1)} ${y(ys[i]).toFixed(1)}`).join("L")}` });
  const here = given === null || given === undefined ? NaN : Number(given);
  if (!(here >= first && here <= last)) return [path];
  return [svg("line", { class: "here", x1: x(here), x2: x(here), y1: 0, y2: HEIGHT }), path];
}

function bars(xs, ys, y, given) {
  const width = WIDTH / xs.length;
  return xs.map((value, i) => {
    const [left, top] = [i * width + width * 0.1, Math.min(y(ys[i]), HEIGHT - 1)];
    const box = { x: left.toFixed(1), y: top.toFixed(1), width: (width * 0.8).toFixed(1), height: (HEIGHT - top).toFixed(1) };
    return svg("rect", { ...box, class: value === given ? "here" : "other" }, svg("title", {}, value));
  });
}
