// The chat page: bubbles from the live stream, messages that are never lost, buttons that are pressed once.
"use strict";

const chat = document.getElementById("chat");
const mine = chat.dataset.me;
const panes = new Map([...chat.querySelectorAll(".pane")].map((pane) => [pane.dataset.room, pane]));
const zone = chat.dataset.zone;
const hour = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: zone });

function element(tag, name, text) {
  const made = document.createElement(tag);
  if (name) made.className = name;
  if (text !== undefined) made.textContent = text;
  return made;
}

function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(9));
  return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_");
}

async function call(room, verb, wish) {
  const address = "/chat/api/" + room.split("/").map(encodeURIComponent).join("/") + "/" + verb;
  const answer = await fetch(address, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": chat.dataset.csrf },
    body: JSON.stringify(wish),
    signal: AbortSignal.timeout(15000),
  });
  if (answer.ok) return;
  const body = await answer.json().catch(() => ({}));
  throw new Error(body.error || words.failed);
}

function buttonRows(message) {
  const rows = element("div", "buttons");
  for (const row of message.buttons) {
    const line = element("div", "button-row");
    for (const choice of row) {
      const button = element("button", "choice", choice.label);
      button.type = "button";
      const opens = choice.action.startsWith(START_LINK);
      button.addEventListener("click", () => (opens ? start(message, choice, button) : press(message, choice, button)));
      line.append(button);
    }
    rows.append(line);
  }
  return rows;
}

async function press(message, choice, button) {
  // The same press sent again keeps its id: a lost answer never presses twice.
  button.dataset.clientId ||= freshId();
  button.disabled = true;
  try {
    await call(message.room, "press", {
      action: choice.action, message: message.id, client_id: button.dataset.clientId,
    });
    delete button.dataset.clientId;
  } catch (problem) {
    say(problem.name === "Error" ? problem.message : words.failed);
  } finally {
    button.disabled = false;
  }
}

// A link to the private chat, as chat apps have it: opens it and says what Start would say.
const START_LINK = "link:start:";
async function start(message, choice, button) {
  const mineAlone = [...panes.values()].at(-1).dataset.room;
  button.dataset.clientId ||= freshId();
  button.disabled = true;
  openPane(mineAlone);
  try {
    const text = ("/start " + choice.action.slice(START_LINK.length)).trim();
    await call(mineAlone, "messages", { text, client_id: button.dataset.clientId });
    delete button.dataset.clientId;
  } catch (problem) {
    say(problem.name === "Error" ? problem.message : words.failed);
  } finally {
    button.disabled = false;
  }
}

function bubble(message) {
  const isMine = message.person_id === mine;
  const item = element("li", "bubble " + (message.is_bot ? "from-bot" : isMine ? "from-me" : "from-other"));
  item.dataset.id = message.id;
  item.dataset.key = message.key;
  if (message.priority === "notice") item.classList.add("notice");
  if (!isMine) item.append(element("span", "who", message.person_name));
  const answered = message.reply_to && document.querySelector(`[data-key="${CSS.escape(message.reply_to)}"] .text`);
  if (answered) item.append(element("span", "quote", answered.textContent.slice(0, 60)));
  item.append(element("p", "text", message.text));
  if (message.picture) {
    const picture = element("img", "picture");
    picture.src = message.picture;
    picture.alt = message.text;
    picture.addEventListener("load", () => followEnd(panes.get(message.room)));
    item.append(picture);
  }
  if (message.buttons.length) item.append(buttonRows(message));
  const time = element("time", "at", hour.format(new Date(message.at)));
  time.dateTime = message.at;
  item.append(time);
  return item;
}

function show(message) {
  const pane = panes.get(message.room);
  if (!pane) return;
  const list = pane.querySelector(".bubbles");
  const shown = list.querySelector(`[data-id="${message.id}"]`);
  if (shown) {
    // Every state of a message has a key of its own.
    if (shown.dataset.key !== message.key) shown.replaceWith(bubble(message));
    return;
  }
  if (message.edited_at && list.children.length && Number(list.lastElementChild.dataset.id) > message.id) return;
  pane.querySelector(".empty")?.remove();
  list.append(bubble(message));
  while (list.children.length > 400) list.firstElementChild.remove();
  if (message.person_id === mine) pane.dataset.reads = "";
  followEnd(pane);
  if (!pane.classList.contains("open")) {
    document.querySelector(`.tab[data-room="${CSS.escape(message.room)}"]`)?.classList.add("unread");
  }
}

// Whoever reads older messages is left alone; everybody else sees the newest, whatever grows or shrinks.
function followEnd(pane) {
  const list = pane.querySelector(".bubbles");
  if (!pane.dataset.reads) list.scrollTop = list.scrollHeight;
}
for (const pane of panes.values()) {
  const list = pane.querySelector(".bubbles");
  for (const gesture of ["wheel", "touchmove", "keyup", "pointerup"]) {
    list.addEventListener(gesture, () => {
      pane.dataset.reads = list.scrollHeight - list.scrollTop - list.clientHeight > 80 ? "older" : "";
    }, { passive: true });
  }
  new ResizeObserver(() => followEnd(pane)).observe(list);
}

function pin(message) {
  const board = panes.get(message.room)?.querySelector(".board");
  if (!board) return;
  // As chat apps do: one line on top; the rest opens on a tap, and stands open where there is room.
  if (board.hidden) board.open = matchMedia("(min-width: 900px)").matches;
  board.hidden = false;
  const [headline, ...rest] = message.text.split("\n");
  board.querySelector("summary span").textContent = headline;
  board.querySelector(".board-text").textContent = rest.join("\n");
  board.querySelector(".buttons")?.remove();
  if (message.buttons.length) board.append(buttonRows(message));
}

function openPane(room) {
  for (const [name, pane] of panes) pane.classList.toggle("open", name === room);
  for (const tab of document.querySelectorAll(".tab")) {
    const isOpen = tab.dataset.room === room;
    tab.setAttribute("aria-selected", isOpen);
    if (isOpen) tab.classList.remove("unread");
  }
  followEnd(panes.get(room));
}
for (const tab of document.querySelectorAll(".tab")) tab.addEventListener("click", () => openPane(tab.dataset.room));

function wireComposer(pane) {
  const form = pane.querySelector("form");
  const box = form.querySelector("textarea");
  // What was tried and not confirmed: the same text again keeps its id and cannot be stored twice; another text is new.
  let tried = null;
  let isSending = false;
  async function send() {
    const text = box.value;
    if (!text.trim() || isSending) return;
    if (tried?.text !== text) tried = { text, id: freshId() };
    isSending = true;
    try {
      await call(pane.dataset.room, "messages", { text, client_id: tried.id });
      tried = null;
      // What was typed while it was on its way stays.
      if (box.value.startsWith(text)) box.value = box.value.slice(text.length);
    } catch (problem) {
      say(problem.name === "Error" ? problem.message : words.failed);
    } finally {
      isSending = false;
      box.dispatchEvent(new Event("input"));
    }
  }
  box.addEventListener("input", () => {
    box.style.height = "auto";
    box.style.height = Math.min(box.scrollHeight + 2, 160) + "px";
  });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send(); }
  });
  form.addEventListener("submit", (event) => { event.preventDefault(); send(); });
}
for (const pane of panes.values()) wireComposer(pane);

const address = "/chat/events?" + [...panes.keys()].map((room) => "room=" + encodeURIComponent(room)).join("&");
const stream = new EventSource(address);
stream.addEventListener("message", (event) => show(JSON.parse(event.data)));
stream.addEventListener("board", (event) => pin(JSON.parse(event.data)));
stream.addEventListener("open", () => showLine(true));
stream.addEventListener("error", () => showLine(false));
