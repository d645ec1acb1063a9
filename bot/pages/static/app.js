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

// A line that was cut is said on the page: old figures that look new are worse than none.
function showLine(isUp) {
  const banner = document.getElementById("line-down");
  if (banner) banner.hidden = isUp;
}

for (const region of document.querySelectorAll("[data-live]")) {
  const source = new EventSource(region.dataset.live);
  source.addEventListener("open", () => showLine(true));
  source.addEventListener("error", () => showLine(false));
  source.addEventListener("message", (event) => {
    // Somebody is filling in a form in there: the next news will do.
    if (region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) return;
    const open = [...region.querySelectorAll("details[id][open]")].map((details) => details.id);
    region.innerHTML = event.data;
    for (const id of open) region.querySelector("#" + CSS.escape(id))?.setAttribute("open", "");
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
document.addEventListener("htmx:responseError", (event) => {
  let sentence = words.failed;
  try { sentence = JSON.parse(event.detail.xhr.responseText).error || sentence; } catch { /* not ours */ }
  say(sentence);
});
document.addEventListener("htmx:sendError", () => say(words.failed));
