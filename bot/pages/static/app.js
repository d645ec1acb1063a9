// On every page: keeps "3 min ago" true, and shows what the server pushes into [data-live] without reloading.
"use strict";

const words = document.documentElement.dataset;

function ago(moment) {
  const seconds = (Date.now() - Date.parse(moment)) / 1000;
  // From, length of one, sentence: the same steps as core/ago.py.
  const steps = [[172800, 86400, words.agoDays], [3600, 3600, words.agoHours], [60, 60, words.agoMinutes]];
  for (const [from, length, sentence] of steps) {
    if (seconds >= from) return sentence.replace("{count}", Math.floor(seconds / length));
  }
  return words.agoNow;
}

function freshen() {
  for (const time of document.querySelectorAll("time[datetime]")) {
    const span = time.querySelector(".ago");
    if (span) span.textContent = ago(time.getAttribute("datetime"));
  }
}
setInterval(freshen, 20000);

// Counts seconds down from what the server said was left: a phone's own clock may be wrong.
function countDown() {
  for (const shown of document.querySelectorAll("[data-left]")) {
    if (shown.said !== shown.dataset.left) {
      shown.said = shown.dataset.left;
      shown.until = performance.now() + 1000 * Number(shown.said);
    }
    const left = Math.max(0, Math.ceil((shown.until - performance.now()) / 1000));
    shown.textContent = shown.dataset.words.replace("{seconds}", left);
  }
}
setInterval(countDown, 500);

// A line that was cut is said on the page: old figures that look new are worse than none.
function showLine(isUp) {
  const banner = document.getElementById("line-down");
  if (banner) banner.hidden = isUp;
}

// Changes only what differs: a button under a thumb, an open list and a half-filled field stay as they are.
function patch(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  if (old === document.activeElement && old.matches("input:not([type=hidden]), textarea, select")) return;
  if (old.nodeName !== fresh.nodeName || keyOf(old) !== keyOf(fresh)) {
    old.replaceWith(fresh);
    return;
  }
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.data = fresh.data;
    return;
  }
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && name !== "open" && name !== "disabled") old.removeAttribute(name);
  }
  for (const { name, value } of fresh.attributes) {
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
  const kept = new Map([...old.children].filter(keyOf).map((child) => [keyOf(child), child]));
  let place = old.firstChild;
  for (const child of [...fresh.childNodes]) {
    const known = keyOf(child) && kept.get(keyOf(child));
    if (known && known !== place) old.insertBefore(known, place);
    const target = known || place;
    if (target && (known || !keyOf(target))) {
      place = target.nextSibling;
      patch(target, child);
    } else {
      old.insertBefore(child, place);
    }
  }
  while (place) {
    const following = place.nextSibling;
    place.remove();
    place = following;
  }
}

function keyOf(node) {
  return node.dataset?.key || node.id || "";
}

for (const region of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(region.dataset.live);
  source.addEventListener("open", () => showLine(true));
  source.addEventListener("error", () => showLine(false));
  source.addEventListener("message", (event) => {
    const fresh = region.cloneNode(false);
    fresh.innerHTML = event.data;
    patch(region, fresh);
    if (window.htmx) window.htmx.process(region);
  });
}
document.addEventListener("htmx:sseOpen", () => showLine(true));
document.addEventListener("htmx:sseError", () => showLine(false));

// A refused live form says why, in the sentence the server wrote.
function say(sentence) {
  const toast = document.getElementById("toast");
  if (!toast) return;
  toast.textContent = sentence;
  toast.hidden = false;
  clearTimeout(say.timer);
  say.timer = setTimeout(() => { toast.hidden = true; }, 6000);
}
// A double tap is one press: by the second one the same place may already offer the next step.
let lastPress = { place: null, at: 0 };
document.addEventListener("submit", (event) => {
  const place = event.submitter?.matches(".go, header button") ? event.target.closest("[data-key]") : null;
  if (place && place === lastPress.place && Date.now() - lastPress.at < 700) {
    event.preventDefault();
    event.stopImmediatePropagation();
  }
  lastPress = { place, at: Date.now() };
}, true);
// When the push about a press overtakes its answer, the patched form has forgotten which button it had put to sleep.
document.addEventListener("htmx:afterRequest", (event) => {
  for (const button of event.detail.elt.querySelectorAll("button[disabled]")) button.disabled = false;
});
document.addEventListener("htmx:responseError", (event) => {
  let sentence = words.failed;
  try { sentence = JSON.parse(event.detail.xhr.responseText).error || sentence; } catch { /* not ours */ }
  say(sentence);
});
document.addEventListener("htmx:sendError", () => say(words.failed));

document.querySelector("nav [aria-current]")?.scrollIntoView({ block: "nearest", inline: "center" });
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-print]")) window.print();
});
