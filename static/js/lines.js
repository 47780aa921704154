// The ten-line rule, twin of core/lines.py: both read the vectors of tests/core/lines.json.
// Everything works without this file: the server counts too.
const LINE_LENGTH = 90;
// Unicode's White_Space and U+FEFF, written out as in core/lines.py: trim() would keep U+0085.
const BLANKS = "\\t\\n\\v\\f\\r \\u0085\\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff";
const ENDS = new RegExp(`^[${BLANKS}]+|[${BLANKS}]+$`, "g");

export function countLines(text) {
  return text
    .split(/\r\n|\r|\n/)
    .map((paragraph) => [...paragraph.replace(ENDS, "").normalize("NFC")].length)
    .reduce((sum, length) => sum + Math.ceil(length / LINE_LENGTH), 0);
}

export function linesInWords(count, limit) {
  return `${count} ${count > 1 ? "lignes" : "ligne"} sur ${limit}`;
}

function watch(field) {
  const limit = Number(field.dataset.lines);
  const counter = document.getElementById(field.dataset.counter);
  const show = () => {
    const count = countLines(field.value);
    const words = linesInWords(count, limit);
    counter.toggleAttribute("data-over", count > limit);
    // A live region speaks when its text changes: only when the count does.
    if (counter.textContent !== words) counter.textContent = words;
  };
  field.addEventListener("input", show);
  show();
}

if (typeof document !== "undefined") document.querySelectorAll("textarea[data-lines]").forEach(watch);
