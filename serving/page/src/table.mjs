// A whole table: a CSV file is dropped, each row is answered, and the answers can be kept.

import { parse, reader, written } from "./csv.mjs";
import { at, make, show } from "./elements.mjs";

const SHOWN = 20; // rows on the page; the file has all
const ROWS_AT_A_TIME = 1000;

export function table(contents, ask) {
  const input = at("file");
  const take = (file) => file && answered(file, contents, ask).catch((error) => say(String(error.message)));
  input.addEventListener("change", () => take(input.files[0]));
  document.addEventListener("dragover", (event) => event.preventDefault());
  document.addEventListener("drop", (event) => {
    event.preventDefault();
    take(event.dataTransfer.files[0]);
  });
}

const say = (text) => show("table-words", text);

async function answered(file, { csv, model }, ask) {
  say(`Reading ${file.name} …`);
  show("table-rows");
  const [header, ...lines] = parse(await file.text(), csv.separator);
  if (!lines.length) throw new Error(`${file.name}: has no rows. Expected a line of column names, and a line for each row.`);
  const known = (column) => [column.name, column.input].some((name) => header.includes(name));
  const absent = model.columns.filter((column) => !known(column)).map(({ name }) => name);
  if (absent.length === model.columns.length) {
    throw new Error(`${file.name}: none of its columns is one of the model's. Expected ${absent.join(", ")}, separated by '${csv.separator}'.`);
  }
  const rows = lines.map(rowOf(header, model.columns, reader(csv)));
  const begun = performance.now();
  const found = [];
  for (let begin = 0; begin < rows.length; begin += ROWS_AT_A_TIME) {
    found.push(...(await answersOf(rows.slice(begin, begin + ROWS_AT_A_TIME), ask)));
    say(`${found.length.toLocaleString("en")} of ${rows.length.toLocaleString("en")} rows answered …`);
  }
  report(file.name, header, lines, found, (performance.now() - begun) / 1000, absent, csv.separator);
}

function rowOf(header, columns, read) {
  const places = columns.map(({ name, input }) => header.findIndex((heading) => heading === name || heading === input));
  return (cells) => Object.fromEntries(columns.map(({ name, type }, c) => [name, read(cells[places[c]], type)]));
}

// Finds rows with a wrong value by halves; they get an error in place of an answer.
async function answersOf(rows, ask) {
  try {
    return await ask(rows);
  } catch (error) {
    if (error instanceof TypeError) throw error; // no server answers, whatever it is asked
    if (rows.length === 1) return [{ error: error.message }];
    const middle = rows.length >> 1;
    return [...(await answersOf(rows.slice(0, middle), ask)), ...(await answersOf(rows.slice(middle), ask))];
  }
}

function report(name, header, lines, found, seconds, absent, separator) {
  const names = [...new Set(found.flatMap(Object.keys))];
  const cell = (value) => (typeof value === "object" && value !== null ? JSON.stringify(value) : String(value ?? ""));
  const rows = lines.map((cells, r) => [...header.map((_, c) => cells[c] ?? ""), ...names.map((output) => cell(found[r][output]))]);
  const heading = [...header, ...names];
  const wrong = found.filter(({ error }) => error !== undefined).length;
  say([
    `${found.length.toLocaleString("en")} rows in ${seconds.toFixed(1)} s.`,
    wrong ? `${wrong.toLocaleString("en")} have no answer; the column error says why.` : "",
    absent.length ? `The file has no column ${absent.join(", ")}; the model takes that as missing.` : "",
    rows.length > SHOWN ? `The first ${SHOWN}, answers first:` : "",
  ].filter(Boolean).join(" "));
  const order = [...names, ...header].map((heading_) => heading.lastIndexOf(heading_));
  show("table-rows",
    make("a", { class: "button", download: name.replace(/(\.csv)?$/i, "_answers.csv"), href: saved([heading, ...rows], separator) }, "Download the answers"),
    make("div", { class: "scroll", tabindex: 0, role: "region", "aria-label": "Answers" },
      make("table", {},
        make("thead", {}, make("tr", {}, order.map((c) => make("th", { scope: "col" }, heading[c])))),
        make("tbody", {}, rows.slice(0, SHOWN).map((row) => make("tr", {}, order.map((c) => make("td", {}, row[c]))))))));
}

let address; // of the answers that can be downloaded

function saved(rows, separator) {
  if (address) URL.revokeObjectURL(address);
  return (address = URL.createObjectURL(new Blob([written(rows, separator)], { type: "text/csv" })));
}
