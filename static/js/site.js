// The one thing every page asks of JavaScript: put the focus on what is to be corrected.
document.querySelector("[data-errors]")?.focus();
