// The page: reads what it was made with, and answers whenever the person has changed the row.

import { showAnswer } from "./answer.mjs";
import { curves, showCurves } from "./curves.mjs";
import { at, make, show } from "./elements.mjs";
import { beginnings, form } from "./form.mjs";
import { difference, local, read, remote } from "./model.mjs";
import { scaleOf } from "./scale.mjs";
import { sampling } from "./shapley.mjs";
import { table } from "./table.mjs";
import { explanation, showWhy } from "./why.mjs";

const contents = read(at("contents").textContent);
const { fields, label, model, network, recorded } = contents;
const kind = network.answer;
const server = new URLSearchParams(location.search).get("server");
const ask = server === null ? local(model) : remote(server, contents.name, model.columns);
const features = model.columns.toSorted((a, b) => (a.input < b.input ? -1 : 1)).map(({ name }) => name);
const compared = sampling(features, recorded.rows);
let background; // the answers to the recorded rows
let underWay = new AbortController();
let forbidden = false; // whether the page's own policy has kept a request back

async function refresh() {
  underWay.abort();
  underWay = new AbortController();
  const { signal } = underWay;
  const row = fill.row();
  document.body.classList.add("busy");
  try {
    const [answer] = await ask([row], signal);
    show("error");
    showAnswer(kind, label, answer);
    const scale = scaleOf(kind, label, answer);
    showCurves(await curves(fields, row, ask, signal), row, answer, scale, choose);
    background ??= await ask(recorded.rows);
    showWhy(await explanation(row, answer, background, compared, scale, ask, signal), row, scale);
    document.body.classList.remove("busy");
  } catch (error) {
    if (!signal.aborted) fail(error);
  }
}

function fail(error) {
  show("error", error instanceof TypeError && server !== null ? unanswered(error.message) : String(error.message));
  document.body.classList.remove("busy");
}

// A browser tells a page no more than that a request failed.
function unanswered(message) {
  if (forbidden) return `This page may not ask ${server}. To write one that may: turnstile page ${contents.version} --server ${server}`;
  if (server === "") return `${location.origin} does not answer: ${message}`;
  return `${server} does not answer, or lets no page of another site ask (turnstile serve --cors does): ${message}`;
}

function choose(column, value) {
  fill.put({ ...fill.row(), [column]: value });
  refresh();
}

const fill = form(fields, refresh);

function introduce() {
  const { name, version, time, use, notFor, caveats } = contents;
  document.title = `${name}: try the model`;
  show("name", name);
  show("use", use || `The model predicts ${kind.task === "binary" ? "whether " : ""}${label}.`);
  show("version", `Version ${version}${time ? `, trained ${time.slice(0, 10)}` : ""}`);
  const limits = [notFor && `Not for: ${notFor}`, ...caveats].filter(Boolean);
  show("limits", limits.map((limit) => make("li", {}, limit)));
  at("about").hidden = limits.length === 0;
  const proof = `On ${recorded.rows.length} recorded rows, this browser's answers differ from the version's by ${difference(model, recorded).toExponential(0)} at most.`;
  show("proof", server === null ? `${proof} The page asks nothing of the network.` : `Answers come from ${server || location.origin}.`);
}

function begin() {
  const scale = scaleOf(kind, label, recorded.answers[0]);
  const rows = beginnings(recorded.rows, recorded.answers.map(scale.value), kind.decision);
  show("begin", [...rows.keys()].map((name) => make("option", {}, name)));
  at("begin").addEventListener("change", () => {
    fill.put(rows.get(at("begin").value));
    refresh();
  });
  fill.put([...rows.values()][0]);
}

document.addEventListener("securitypolicyviolation", () => {
  forbidden = true;
  fail(new TypeError());
});

try {
  introduce();
  begin();
  table(contents, ask);
  refresh();
} catch (error) {
  fail(error);
}
