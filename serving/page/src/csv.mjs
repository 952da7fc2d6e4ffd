// CSV: text to rows of cells and back (RFC 4180), and cells to the values that the model takes.

export function parse(text, separator) {
  const rows = [];
  let [row, cell, quoted] = [[], "", false];
  const endOfCell = () => (row.push(cell), (cell = ""));
  const endOfRow = () => {
    endOfCell();
    if (row.length > 1 || row[0] !== "") rows.push(row); // an empty line is no row
    row = [];
  };
  for (let i = 0; i < text.length; i++) {
    const c = text[i];
    if (quoted) {
      if (c !== '"') cell += c;
      else if (text[i + 1] === '"') cell += text[++i];
      else quoted = false;
    } else if (c === '"' && cell === "") quoted = true;
    else if (c === separator) endOfCell();
    else if (c === "\n") endOfRow();
    else if (c !== "\r" || text[i + 1] !== "\n") cell += c;
  }
  if (cell !== "" || row.length) endOfRow();
  return rows;
}

export function written(rows, separator) {
  const quote = (cell) => (/["\r\n]/.test(cell) || cell.includes(separator) ? `"${cell.replaceAll('"', '""')}"` : cell);
  return rows.map((row) => `${row.map((cell) => quote(String(cell ?? ""))).join(separator)}\r\n`).join("");
}

// Returns what reads a cell of a column as `turnstile predict` does; null is a missing value.
export function reader({ decimal, missing, words }) {
  return (cell, type) => {
    if (cell === undefined || missing.includes(cell)) return null;
    if (type === "text") return cell;
    const bare = cell.trim().toLowerCase();
    if (bare === "" || words.includes(bare)) return null;
    const number = decimal === "," ? bare.replace(/[.,]/g, (sign) => (sign === "," ? "." : ",")) : bare;
    return type === "integer" ? whole(number) : number;
  };
}

// 3.0 and true are whole numbers, too: as spreadsheets and pandas write them.
function whole(number) {
  if (number === "true" || number === "false") return String(Number(number === "true"));
  return number.replace(/^([+-]?\d+)\.0*$/, "$1");
}
