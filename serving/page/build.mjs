// Puts the sources of the page together as one file, built/page.html: npm ci && npm run build
//
// What `turnstile page` fills in stays as it is: %CONTENTS% and %CONNECT%. The policy names the script and the style by
// their digests, so a browser runs nothing else.

import { createHash } from "node:crypto";
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { buildSync } from "esbuild";

const here = (path) => new URL(path, import.meta.url).pathname;

function bundled(entry) {
  const options = { bundle: true, minify: true, write: false, format: "esm", target: "es2023", charset: "utf8", legalComments: "none" };
  return buildSync({ ...options, entryPoints: [here(entry)], absWorkingDir: here(".") }).outputFiles[0].text.trim();
}

// Of all that the page is made of, so that a test without Node can tell whether it is made of what is here.
function sources() {
  const folders = ["src/", "../plain/runners/js/", "../../turnstile/templates/"];
  const files = folders.flatMap((folder) => readdirSync(here(folder)).sort().map((name) => folder + name));
  const found = createHash("sha256");
  for (const file of ["build.mjs", "package-lock.json", ...files]) found.update(readFileSync(here(file)));
  return found.digest("hex");
}

const digest = (text) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

const [script, style] = [bundled("src/main.mjs"), bundled("src/page.css")];
const parts = { "SCRIPT-HASH": digest(script), "STYLE-HASH": digest(style), SCRIPT: script, STYLE: style, SOURCES: sources() };
const page = readFileSync(here("src/page.html"), "utf8");
writeFileSync(here("built/page.html"), page.replace(/%(SCRIPT-HASH|STYLE-HASH|SCRIPT|STYLE|SOURCES)%/g, (_, name) => parts[name]));
