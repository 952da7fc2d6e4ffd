// Answers rows of JSON, one a line, with Node: node rows.mjs < rows.jsonl > answers.jsonl
// A whole number beyond 2^53 has to be given as text, because JSON in JavaScript rounds it.

import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { load } from "./runner.mjs";

const read = (name) => JSON.parse(readFileSync(new URL(`../${name}`, import.meta.url), "utf8"));
const model = load(read("preprocess.json"), read("network.json"));
for await (const line of createInterface({ input: process.stdin })) {
  if (line) process.stdout.write(`${JSON.stringify(model.predict(JSON.parse(line)))}\n`);
}
