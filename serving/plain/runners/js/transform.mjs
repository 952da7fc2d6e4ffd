// Makes the network's inputs of a row, as Transform's graph does: what preprocess.json says.

import { fingerprint } from "./fingerprint.mjs";

const f32 = Math.fround; // TensorFlow computes in float32; where a rounding decides, so does this

export function transformer({ columns, numbers, times, indices, texts }) {
  const scores = numbers.map(({ column, log, mean, deviation }) => {
    const standard = scale(f32(mean), f32(deviation), f32);
    return (found) => (found[column] === null ? null : standard(log ? logarithm(found[column]) : f32(Number(found[column]))));
  });
  const moments = times.map(timeParts);
  const places = indices.map(({ begin, missing, ...feature }) => {
    const place = PLACES[feature.kind](feature);
    return (found) => begin + (found[feature.column] === null ? missing : place(found[feature.column]));
  });
  const bags = texts.map(bag);
  return (row) => {
    const found = Object.fromEntries(columns.map((column) => [column.name, valueOf(row, column)]));
    const z = scores.map((score) => score(found));
    return {
      numbers: [...z.map((x) => x ?? 0), ...z.map((x) => Number(x === null)), ...moments.flatMap((parts) => parts(found))],
      indices: places.map((place) => place(found)),
      words: bags.map((places) => places(found)),
    };
  };
}

const scale = (mean, deviation, round) => (x) => (deviation ? round(round(x - mean) / deviation) : round(x - mean));

function logarithm(value) {
  const x = f32(Number(value));
  return f32(Math.sign(x) * f32(Math.log1p(Math.abs(x))));
}

const HASHES = 2n ** 62n; // as many as Transform's graph has

const PLACES = {
  bucket({ boundaries }) {
    const bounds = Float32Array.from(boundaries);
    return (value) => {
      const x = f32(Number(value));
      const above = bounds.findIndex((bound) => x < bound);
      return above < 0 ? bounds.length : above;
    };
  },
  vocabulary({ words, top_k, oov_buckets }) {
    const known = new Map(words.map((word, place) => [word, place]));
    const other = (word) => Number((fingerprint(word) % HASHES) % BigInt(oov_buckets));
    return (value) => known.get(String(value)) ?? top_k + (oov_buckets > 1 ? other(String(value)) : 0);
  },
  categorical: ({ size }) => (value) => (value >= 0n && value < size ? Number(value) : size),
  boolean({ yes, no }) {
    return (value) => {
      const word = String(value).replace(/^[\t-\r ]+|[\t-\r ]+$/g, "").replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      return yes.includes(word) ? 1 : no.includes(word) ? 0 : 2;
    };
  },
};

// ---- A row's values

const READ = {
  number(value) {
    const number = f32(Number(value));
    if (Number.isNaN(number)) throw new TypeError();
    return Number.isFinite(number) ? number : null;
  },
  integer(value) {
    const whole = BigInt(value);
    if (BigInt.asIntN(64, whole) !== whole) throw new RangeError();
    return whole === -(2n ** 63n) ? null : whole; // the least of all stands for "missing"
  },
  text(value) {
    if (typeof value === "object" || (typeof value === "number" && !Number.isInteger(value))) throw new TypeError();
    return String(value);
  },
};
const EXPECTED = { number: "a number", integer: "a whole number", text: "text" };

function valueOf(row, { name, input, type }) {
  const given = [name, input].find((key) => Object.hasOwn(row, key));
  const value = given === undefined ? null : row[given];
  const blank = typeof value === "string" && (type === "text" ? value === "" : value.trim() === "");
  if (value === null || value === undefined || blank || Number.isNaN(value)) return null;
  try {
    return READ[type](value);
  } catch {
    throw new Error(`column '${name}': expected ${EXPECTED[type]}, got ${typeof value} '${value}'`);
  }
}

// ---- Times: seconds since 1970, and the parts of a date

const DAY = 86_400;
const [FIRST, LAST] = [-62_135_596_800, 253_402_300_799]; // the years 1 to 9999
const FARTHEST = 5; // standard deviations beyond which all times are alike
const PER_SECOND = { s: 1n, ms: 10n ** 3n, us: 10n ** 6n, ns: 10n ** 9n };
const ISO = /^[\t\n\f\r ]*([0-9]{4})-(0?[1-9]|1[0-2])-(0?[1-9]|[12][0-9]|3[01])(?:[Tt ]([01]?[0-9]|2[0-3]):([0-5][0-9])(?::([0-5][0-9])(?:[.,][0-9]+)?)? ?(?:[Zz]|UTC|([+-])([01]?[0-9]|2[0-3]):?([0-5][0-9])?)?)?[\t\n\f\r ]*$/;
const mod = (a, b) => a - b * Math.floor(a / b);

function timeParts({ column, unit, year, time }) {
  const score = ({ mean, deviation }, x) => f32(Math.max(-FARTHEST, Math.min(FARTHEST, scale(mean, deviation, Number)(x))));
  return (found) => {
    const seconds = found[column] === null ? null : unit ? ofNumber(found[column], unit) : ofText(found[column]);
    if (seconds === null || seconds < FIRST || seconds > LAST) return [0, 0, 0, 0, 0, 0, 0, 0, 1];
    const days = Math.floor(seconds / DAY);
    const date = civil(days);
    const shares = [(date.month - 1) / 12, mod(days + 3, 7) / 7, Math.floor(mod(seconds, DAY) / 3600) / 24]; // day 0 was a Thursday
    const angles = shares.map((share) => f32(f32(share) * f32(2 * Math.PI)));
    return [score(year, date.year), score(time, seconds), ...angles.flatMap((a) => [f32(Math.sin(a)), f32(Math.cos(a))]), 0];
  };
}

function ofNumber(value, unit) {
  if (unit === "day") return Number(value) * DAY;
  const per = PER_SECOND[unit];
  return Number(value / per) - Number(value < 0n && value % per !== 0n); // rounded down
}

function ofText(text) {
  const found = ISO.exec(text);
  if (!found) return null;
  const [year, month, day, hour, minute, second] = found.slice(1, 7).map((digits) => Number(digits ?? 0));
  const offset = Number(found[8] ?? 0) * 3600 + Number(found[9] ?? 0) * 60;
  const days = daysOf(year, month, day);
  if (year < 1 || civil(days).day !== day) return null; // there is no 31 April
  return days * DAY + hour * 3600 + minute * 60 + second - (found[7] === "-" ? -offset : offset);
}

// Calendars of years that begin in March have their leap day last; they repeat after 400 years.
function daysOf(year, month, day) {
  const y = month < 3 ? year - 1 : year;
  const leapDays = Math.floor(y / 4) - Math.floor(y / 100) + Math.floor(y / 400);
  return 365 * y + leapDays + Math.floor((153 * mod(month - 3, 12) + 2) / 5) + day - 1 - 719_468;
}

function civil(days) {
  const era = Math.floor((days + 719_468) / 146_097);
  const ofEra = mod(days + 719_468, 146_097);
  const year = Math.floor((ofEra - Math.floor(ofEra / 1460) + Math.floor(ofEra / 36_524) - Math.floor(ofEra / 146_096)) / 365);
  const ofYear = ofEra - (365 * year + Math.floor(year / 4) - Math.floor(year / 100));
  const march = Math.floor((5 * ofYear + 2) / 153);
  const month = mod(march + 2, 12) + 1;
  return { year: year + era * 400 + Number(month < 3), month, day: ofYear - Math.floor((153 * march + 2) / 5) + 1 };
}

// ---- Texts: the places of their words, and of words that follow each other

function bag({ column, words, ngrams, terms, bytes }) {
  const known = new Map(words.map((word, place) => [word, place]));
  return (found) => {
    const places = new Set();
    for (const term of termsOf(found[column] ?? "", bytes, ngrams)) {
      if (known.has(term)) places.add(known.get(term));
    }
    return [...places].slice(0, terms);
  };
}

function termsOf(text, bytes, ngrams) {
  const begin = new TextDecoder().decode(new TextEncoder().encode(text).slice(0, bytes));
  const words = begin.toLowerCase().replace(/['\u2019]/g, "").match(/[\p{L}\p{N}]+/gu) ?? [];
  const runs = [];
  for (let length = 1; length <= ngrams; length++) {
    for (let i = 0; i + length <= words.length; i++) runs.push(words.slice(i, i + length).join(" "));
  }
  return runs;
}
