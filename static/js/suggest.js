// Proposes names while one types in a field that has `data-suggest`: a combobox with a list, by keyboard and by pointer.
// Everything works without this file: what is typed is taken as it is, or looked for by a button.
const WAIT = 180;
const LEAST = 2;
let made = 0;

class Suggest {
  constructor(input) {
    this.input = input;
    this.id = `propositions-${(made += 1)}`;
    this.rows = [];
    this.at = -1;
    this.build();
    input.addEventListener("input", (event) => { if (event.isTrusted || event.inputType) this.later(); });
    input.addEventListener("keydown", (event) => this.key(event));
    input.addEventListener("blur", () => this.close());
  }

  build() {
    const frame = document.createElement("div");
    frame.className = "suggest";
    this.input.replaceWith(frame);
    this.list = document.createElement("ul");
    Object.assign(this.list, { id: this.id, className: "suggest-list", hidden: true });
    this.list.setAttribute("role", "listbox");
    this.list.setAttribute("aria-label", "Propositions");
    this.status = document.createElement("p");
    this.status.className = "suggest-status";
    this.status.setAttribute("role", "status");
    frame.append(this.input, this.list, this.status);
    const says = { role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": this.id, autocomplete: "off" };
    for (const [name, value] of Object.entries(says)) this.input.setAttribute(name, value);
    // The field keeps the focus while the list is pressed.
    this.list.addEventListener("pointerdown", (event) => event.preventDefault());
    this.list.addEventListener("click", (event) => {
      const row = event.target.closest("[role=option]");
      if (row) this.take([...this.list.children].indexOf(row));
    });
  }

  later() {
    clearTimeout(this.timer);
    this.asked?.abort();
    const words = this.input.value.trim();
    if (words.length < LEAST) return this.close();
    this.timer = setTimeout(() => this.ask(words), WAIT);
    return undefined;
  }

  async ask(words) {
    this.asked = new AbortController();
    try {
      const address = `${this.input.dataset.suggest}?q=${encodeURIComponent(words)}`;
      const answer = await fetch(address, { signal: this.asked.signal, headers: { Accept: "application/json" } });
      const told = answer.ok ? await answer.json() : { propositions: [] };
      if (document.activeElement === this.input) this.show(told.propositions);
    } catch { /* aborted, or no network: nothing is proposed */ }
  }

  show(rows) {
    this.rows = rows;
    this.at = -1;
    this.list.replaceChildren(...rows.map((row, number) => this.option(row, number)));
    this.input.removeAttribute("aria-activedescendant");
    this.open(rows.length > 0);
    this.status.textContent = rows.length > 1 ? `${rows.length} propositions` : rows.length ? "1 proposition" : "Aucune proposition";
  }

  option(row, number) {
    const item = document.createElement("li");
    item.id = `${this.id}-${number}`;
    item.setAttribute("role", "option");
    item.setAttribute("aria-selected", "false");
    const name = document.createElement("strong");
    name.textContent = row.nom;
    const note = document.createElement("span");
    note.textContent = row.note;
    item.append(name, " ", note);
    return item;
  }

  open(yes) {
    this.list.hidden = !yes;
    this.input.setAttribute("aria-expanded", String(yes));
  }

  close() {
    clearTimeout(this.timer);
    this.asked?.abort();
    this.at = -1;
    this.open(false);
    this.input.removeAttribute("aria-activedescendant");
    this.status.textContent = "";
  }

  move(step) {
    const count = this.rows.length;
    this.at = this.at < 0 ? (step > 0 ? 0 : count - 1) : (this.at + step + count) % count;
    [...this.list.children].forEach((item, number) => item.setAttribute("aria-selected", String(number === this.at)));
    const chosen = this.list.children[this.at];
    this.input.setAttribute("aria-activedescendant", chosen.id);
    chosen.scrollIntoView({ block: "nearest" });
  }

  take(number) {
    this.input.value = this.rows[number].nom;
    this.close();
    // One event for whoever saves by itself.
    this.input.dispatchEvent(new Event("input", { bubbles: true }));
  }

  key(event) {
    const open = !this.list.hidden;
    if (event.key === "Escape" && open) this.close();
    else if (event.key === "Enter" && open && this.at >= 0) this.take(this.at);
    else if (event.key === "ArrowDown" && open) this.move(1);
    else if (event.key === "ArrowUp" && open) this.move(-1);
    else return;
    event.preventDefault();
  }
}

document.querySelectorAll("input[data-suggest]").forEach((input) => new Suggest(input));
