// The row, as a form: a field for each column, and real rows to begin with.

import { at, make, named, show } from "./elements.mjs";
import { number } from "./scale.mjs";

const MISSING = "missing";

// Shows the fields; returns { row(), put(row) }. `changed` is called after each change by the person.
export function form(fields, changed) {
  const controls = new Map(fields.map((field, f) => [field.column, control(field, `field-${f}`)]));
  show("fields", fields.map((field, f) => labelled(field, `field-${f}`, controls.get(field.column))));
  at("fields").addEventListener("input", changed);
  return {
    row: () => Object.fromEntries([...controls].map(([column, { value }]) => [column, value === "" ? null : value])),
    put(row) {
      for (const [column, element] of controls) element.value = row[column] ?? "";
    },
  };
}

function labelled(field, id, element) {
  const label = make("label", { for: id }, named(field.column));
  if (field.low === undefined) return make("div", {}, label, element);
  const usual = field.kind === "time" ? `${field.low} to ${field.high}` : `${number(field.low)} to ${number(field.high)}`;
  element.setAttribute("aria-describedby", `${id}-usual`);
  return make("div", {}, label, element, make("small", { id: `${id}-usual` }, usual));
}

function control({ kind, whole, values }, id) {
  if (kind === "choice") {
    return make("select", { id }, make("option", { value: "" }, MISSING), values.map((value) => make("option", { value }, value)));
  }
  if (kind === "text") return make("textarea", { id, rows: 3, placeholder: MISSING });
  if (kind === "word") {
    const list = make("datalist", { id: `${id}-list` }, values.map((value) => make("option", { value })));
    return make("input", { id, list: list.id, placeholder: MISSING, autocomplete: "off" }, list);
  }
  const type = kind === "number" ? { type: "number", step: whole ? 1 : "any", inputmode: whole ? "numeric" : "decimal" } : { type: "text" };
  return make("input", { id, ...type, placeholder: MISSING, autocomplete: "off" });
}

// Returns rows to begin with, by what they are called: of the recorded rows, those with the answers in the middle and at the ends.
export function beginnings(rows, values, decision) {
  const by = (key) => rows.map((_, r) => r).sort((a, b) => key(values[a]) - key(values[b]));
  const sorted = by((value) => value);
  return new Map([
    ...(decision === undefined ? [] : [["The closest call", rows[by((value) => Math.abs(value - decision))[0]]]]),
    ["A typical row", rows[sorted[Math.floor(sorted.length / 2)]]],
    ["The highest answer", rows[sorted.at(-1)]],
    ["The lowest answer", rows[sorted[0]]],
    ["All missing", {}],
  ]);
}
