// Scoring with one key a criterion. Off until it is ticked (WCAG 2.1.4), then remembered on this device.
// Everything works without this file: radio buttons and buttons.
const KEPT = "lecture-au-clavier";
const form = document.querySelector("[data-scoring]");

class Shortcuts {
  constructor(box) {
    this.on = box.querySelector("[data-shortcuts-on]");
    this.help = box.querySelector("[data-shortcuts-help]");
    this.criteria = [...form.querySelectorAll("[data-criterion]")];
    this.on.checked = Shortcuts.kept();
    box.hidden = false;
    this.on.addEventListener("change", () => { this.keep(); this.draw(); });
    form.addEventListener("change", (event) => this.after(event.target));
    document.addEventListener("keydown", (event) => this.key(event));
    this.mark(this.firstMissing());
    this.draw();
  }

  static kept() {
    try { return localStorage.getItem(KEPT) === "oui"; } catch { return false; }
  }

  keep() {
    try { localStorage.setItem(KEPT, this.on.checked ? "oui" : "non"); } catch { /* a device that keeps nothing */ }
  }

  draw() {
    this.help.hidden = !this.on.checked;
    this.criteria.forEach((criterion, index) => criterion.toggleAttribute("data-current", this.on.checked && index === this.at));
  }

  firstMissing() {
    const missing = this.criteria.findIndex((criterion) => !criterion.querySelector(":checked"));
    return missing < 0 ? this.criteria.length : missing;
  }

  mark(index) {
    this.at = Math.max(0, Math.min(index, this.criteria.length));
  }

  after(target) {
    const chosen = this.criteria.findIndex((criterion) => criterion.contains(target));
    if (chosen >= 0) this.mark(chosen + 1);
    this.draw();
  }

  key(event) {
    if (!this.on.checked || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const target = event.target;
    if (target.matches("textarea, input[type=text]")) {
      if (event.key === "Escape") target.blur();
      return;
    }
    if (event.repeat) return;
    const done = this.does(event.key, target);
    if (done) event.preventDefault();
  }

  does(key, target) {
    if (/^[0-5]$/.test(key)) return this.score(key);
    if (key === "Backspace") return this.back();
    if (key.toLowerCase() === "c") return this.comment();
    // On a link, a button or a field, « Entrée » does what it always does; on our own box it would do nothing.
    if (key === "Enter" && (target === this.on || !target.closest("a, button, summary, input"))) return this.send();
    return false;
  }

  score(value) {
    const criterion = this.criteria[this.at];
    if (!criterion) return false;
    criterion.querySelector(`input[value="${value}"]`).checked = true;
    this.mark(this.at + 1);
    this.draw();
    (this.criteria[this.at] ?? form.querySelector("[data-send]")).scrollIntoView({ block: "nearest" });
    return true;
  }

  back() {
    this.mark(this.at - 1);
    this.draw();
    this.criteria[this.at]?.scrollIntoView({ block: "nearest" });
    return true;
  }

  comment() {
    form.querySelector("textarea").focus();
    return true;
  }

  send() {
    form.requestSubmit(form.querySelector("[data-send]"));
    return true;
  }
}

// A second press while the answer is on its way sends nothing more.
form?.addEventListener("submit", (event) => {
  if (form.dataset.sent) event.preventDefault();
  form.dataset.sent = "1";
});
window.addEventListener("pageshow", () => { if (form) delete form.dataset.sent; });

const box = form?.querySelector("[data-shortcuts]");
if (box) new Shortcuts(box);
