// The merchant's sheet: each field is stored as soon as it is left, and news never overwrite what is being typed.
"use strict";

function freshKey() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

// The news of a row wait while somebody types into it; what they type is stored, and brings the next news.
const held = new Map();
document.addEventListener("htmx:sseBeforeMessage", (event) => {
  const form = event.target;
  if (!form.matches?.("form.hand")) return;
  const active = document.activeElement;
  held.delete(form);
  if (!form.contains(active)) return;
  event.preventDefault();
  if (active.type !== "checkbox" && active.value !== active.defaultValue) held.set(form, event.detail.data);
  else renew(form, event.detail.data, active.name);
});

// Whoever stands in a field and has typed nothing yet stays there.
function renew(form, html, name) {
  form.innerHTML = html;
  const field = form.querySelector(`[name=${name}]`);
  field.focus({ preventScroll: true });
  if (field.type !== "checkbox") field.select();
}

async function store(form, field) {
  const value = field.type === "checkbox" ? (field.checked ? "1" : "0") : field.value;
  const key = freshKey();
  field.removeAttribute("aria-invalid");
  form.classList.add("saving");
  // The same key for every try: a lost answer never edits twice.
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await fetch(form.dataset.address, {
        method: "POST",
        headers: { Accept: "application/json", "HX-Request": "true" },
        body: new URLSearchParams({ item: form.dataset.item, field: field.name, value, key }),
        signal: AbortSignal.timeout(8000),
      });
      if (!answer.ok) {
        const body = await answer.json().catch(() => ({}));
        field.setAttribute("aria-invalid", "true");
        say(body.error || words.failed);
      } else if (field.type !== "checkbox") {
        field.defaultValue = field.value;
      }
      break;
    } catch {
      if (attempt === 2) {
        field.setAttribute("aria-invalid", "true");
        say(words.failed);
        break;
      }
      await new Promise((resolve) => setTimeout(resolve, 500 * 2 ** attempt));
    }
  }
  form.classList.remove("saving");
}

document.addEventListener("change", (event) => {
  const form = event.target.closest?.("form.hand");
  if (form) store(form, event.target);
});
document.addEventListener("submit", (event) => {
  if (!event.target.matches("form.hand")) return;
  event.preventDefault();
  document.activeElement.blur();
}, true);
// Hands stay on the keyboard: Enter or an arrow stores the field and goes to the same one of the next dish.
document.addEventListener("keydown", (event) => {
  if (event.key === "/" && !event.target.matches?.("input")) {
    const search = document.querySelector(".pager input[type=search]");
    if (search) {
      event.preventDefault();
      search.focus();
    }
    return;
  }
  const form = event.target.closest?.("form.hand");
  const step = { Enter: event.shiftKey ? -1 : 1, ArrowDown: 1, ArrowUp: -1 }[event.key];
  if (!form || !step || event.isComposing) return;
  event.preventDefault();
  const all = [...document.querySelectorAll(`form.hand [name=${event.target.name}]`)];
  const next = all[all.indexOf(event.target) + step];
  if (next) {
    next.focus();
    next.select?.();
    next.scrollIntoView({ block: "nearest" });
  } else {
    event.target.blur();
  }
});
// Giving up an edit shows what the server said in the meantime.
document.addEventListener("focusout", (event) => {
  const form = event.target.closest?.("form.hand");
  if (form && held.has(form) && event.target.value === event.target.defaultValue) {
    form.innerHTML = held.get(form);
    held.delete(form);
  }
});
