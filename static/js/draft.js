// A copy of the typing on this device until the server has it: survives an ended session or a lost network.
// Everything works without this file: « Enregistrer le brouillon » is a plain button.
const SKIPPED = new Set(["csrfmiddlewaretoken", "author", "tab", "revision"]);
const CHANGED = "Votre session a changé : rechargez cette page, votre texte est gardé sur cet appareil et vous sera rendu.";
const NOT_SAVED = "Pas encore enregistré : ce texte est gardé sur cet appareil.";

// Storage may be forbidden by the browser: the page then does without.
const store = {
  read(key) {
    try { return JSON.parse(localStorage.getItem(key)); } catch { return null; }
  },
  write(key, copy) {
    try { localStorage.setItem(key, JSON.stringify(copy)); } catch { /* full or forbidden */ }
  },
  drop(key) {
    try { localStorage.removeItem(key); } catch { /* forbidden */ }
  },
};

const fieldsOf = (form) => [...form.elements].filter((field) => field.name && !SKIPPED.has(field.name) && !["submit", "file"].includes(field.type));

function typedIn(form) {
  const typed = {};
  for (const field of fieldsOf(form)) {
    const choice = field.type === "radio" || field.type === "checkbox";
    if (!choice) typed[field.name] = field.value.replace(/\r\n?/g, "\n");
    // Several boxes of one name: one a line.
    else if (field.checked) typed[field.name] = typed[field.name] ? `${typed[field.name]}\n${field.value}` : field.value;
    else typed[field.name] ??= "";
  }
  return typed;
}

function fill(form, typed) {
  for (const field of fieldsOf(form)) {
    const text = typed[field.name] ?? "";
    if (field.type === "radio" || field.type === "checkbox") field.checked = text.split("\n").includes(field.value);
    else field.value = text;
  }
  // One event for the counter and for the autosave.
  form.querySelector("textarea")?.dispatchEvent(new Event("input", { bubbles: true }));
}

const same = (a, b) => JSON.stringify(Object.entries(a).sort()) === JSON.stringify(Object.entries(b).sort());

function offer(form, key) {
  const kept = store.read(key);
  const box = document.getElementById("copie");
  if (!kept || !box || same(kept.typed, typedIn(form))) return store.drop(key);
  const at = new Date(kept.at).toLocaleString("fr-FR", { dateStyle: "long", timeStyle: "short" });
  box.querySelector("[data-copy-words]").textContent = `Un texte tapé le ${at} n’a pas été enregistré. Il est gardé sur cet appareil.`;
  box.hidden = false;
  box.querySelector("[data-copy-take]").addEventListener("click", () => {
    box.hidden = true;
    fill(form, kept.typed);
    form.querySelector("textarea")?.focus();
  });
  box.querySelector("[data-copy-drop]").addEventListener("click", () => {
    box.hidden = true;
    store.drop(key);
  });
}

function watch(form) {
  const key = form.dataset.draft;
  const line = document.getElementById("brouillon");
  let sent = null;
  offer(form, key);
  form.addEventListener("input", () => store.write(key, { at: Date.now(), typed: typedIn(form) }));
  form.addEventListener("htmx:beforeRequest", () => { sent = typedIn(form); });
  form.addEventListener("htmx:afterRequest", (event) => {
    // What was typed while it was being saved is not saved yet: its copy stays.
    if (event.detail.xhr.status === 200 && sent && same(sent, typedIn(form))) store.drop(key);
  });
  // Refusals (session ended, another tab) are one line for the person too.
  form.addEventListener("htmx:beforeSwap", (event) => {
    const { status } = event.detail.xhr;
    if (status === 401 || status === 409) Object.assign(event.detail, { shouldSwap: true, isError: false });
    else if (status >= 400) line.textContent = status === 403 ? CHANGED : NOT_SAVED;
  });
  form.addEventListener("htmx:sendError", () => { line.textContent = NOT_SAVED; });
}

document.querySelectorAll("form[data-draft]").forEach(watch);
// Back from the receipt to the page read over before it: say that it is done, and offer no second « Déposer ».
const depositOf = (key) => `${key}:depot`;
const session = {
  read(key) {
    try { return JSON.parse(sessionStorage.getItem(key)); } catch { return null; }
  },
  write(key, value) {
    try { sessionStorage.setItem(key, JSON.stringify(value)); } catch { /* full or forbidden */ }
  },
};

function markDone(page) {
  const { draftDone, reference, revision } = page.dataset;
  store.drop(draftDone);
  session.write(depositOf(draftDone), { reference, revision: Number(revision) });
}

function sayDone(page) {
  const done = session.read(depositOf(page.dataset.review));
  const box = page.querySelector("[data-deposited]");
  if (!box || !done || done.revision <= Number(page.dataset.revision)) return;
  const link = box.querySelector("[data-deposited-link]");
  link.textContent = done.reference;
  link.href = `/candidatures/${encodeURIComponent(done.reference)}/`;
  box.hidden = false;
  for (const form of page.querySelectorAll("form")) form.remove();
}

document.querySelectorAll("[data-draft-done]").forEach(markDone);
// `pageshow`: also when the browser shows the page as it left it.
window.addEventListener("pageshow", () => document.querySelectorAll("[data-review]").forEach(sayDone));
document.querySelectorAll("form[data-draft-forget]").forEach((form) => {
  form.addEventListener("submit", () => store.drop(form.dataset.draftForget));
});
