// Why: what each value of the row contributed to the answer, as a table with bars.

import { at, make, named, show, svg } from "./elements.mjs";
import { mean } from "./shapley.mjs";
import { plain, signed } from "./scale.mjs";

const SHOWN = 8; // contributions; the others are added up
const REACH = 2; // standard errors within which chance moves a contribution, nearly always

// Returns the contributions, the largest first, and what they begin with. With it, they add up to the row's score.
export async function explanation(row, answer, background, sampling, scale, ask, signal) {
  const mixed = await ask(sampling.mixed(row), signal);
  const base = background.map(scale.score);
  const found = sampling.contributions(mixed.map(scale.score), base, scale.score(answer));
  found.sort((a, b) => Math.abs(b.value) - Math.abs(a.value));
  return { base: mean(base), score: scale.score(answer), found };
}

export function showWhy({ base, score, found }, row, scale) {
  const isLogOdds = scale.unit === "log-odds";
  const inWords = (x) => (isLogOdds ? `${plain(x)} (${scale.ofScore(x)})` : scale.ofScore(x));
  const shown = found.slice(0, SHOWN).filter(({ value }) => value !== 0);
  const rest = found.slice(shown.length);
  const most = Math.abs(shown[0]?.value ?? 1);
  const rows = shown.map(({ name, value, error }) =>
    line(named(name), row[name] ?? "missing", [signed(value), make("small", {}, ` ± ${(REACH * error).toPrecision(2)}`)], bar(value, error, most)),
  );
  const others = rest.length === 1 ? "1 other" : `${rest.length} others`;
  if (rest.length) rows.push(line(others, "", signed(rest.reduce((sum, each) => sum + each.value, 0)), ""));
  show("why-sum", `${scale.unit}: ${inWords(base)} on average, ${signed(score - base)} here, which makes ${inWords(score)}.`);
  show("why-rows", rows);
  at("why").dataset.result = JSON.stringify({ base, score, found });
}

const line = (name, given, value, picture) =>
  make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, given), make("td", { class: "n" }, value), make("td", {}, picture));

const [WIDTH, HEIGHT] = [120, 14];

function bar(value, error, most) {
  if (Math.abs(value) <= REACH * error) return make("small", {}, "may be chance");
  const length = (Math.abs(value) / most) * (WIDTH / 2);
  const [middle, x] = [WIDTH / 2, value < 0 ? WIDTH / 2 - length : WIDTH / 2];
  return svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, class: "bar", "aria-hidden": "true" },
    svg("rect", { x, y: 2, width: length, height: HEIGHT - 4, class: value < 0 ? "against" : "for" }),
    svg("line", { x1: middle, x2: middle, y1: 0, y2: HEIGHT }));
}
