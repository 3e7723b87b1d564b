// The simulator's page: whose chat is open, what has been said, and sending.
// The server tells of every message and every change over one stream; this
// page keeps nothing that a reload would lose.

import { makeRow, showProgress, timeOf } from "./bubbles.js";
import { plain } from "./markup.js";

const $ = (id) => document.getElementById(id);
const app = $("app");
const log = $("log");
const text = $("text");
const scroller = $("scroll");
const people = [...document.querySelectorAll(".person")];

const bubbles = new Map(); // by id
const unread = new Map(); // by phone: replies that came while another chat was open
let chosen = app.dataset.chosen;
let run; // which demo this is: another one has forgotten what this page knows
let caughtUp = false; // past messages have all arrived
let sending = Promise.resolve(); // one at a time, so that messages keep their order

// --- the stream ---

const stream = new EventSource("api/events");

stream.addEventListener("hello", (event) => {
  const hello = JSON.parse(event.data);
  if (run !== undefined && run !== hello.run) {
    location.reload(); // the people may be others as well
    return;
  }
  run = hello.run;
  caughtUp = false;
  log.setAttribute("aria-busy", "true");
});

stream.addEventListener("bubble", (event) => take(JSON.parse(event.data)));

stream.addEventListener("ready", () => {
  caughtUp = true;
  log.setAttribute("aria-busy", "false");
  tell("");
  toEnd();
});

stream.addEventListener("error", () => {
  tell("The demo has stopped or cannot be reached. This page goes on when it is back.");
});

function take(bubble) {
  const isNew = !bubbles.has(bubble.id);
  bubbles.set(bubble.id, bubble);
  showLast(bubble);
  if (isNew && caughtUp && !bubble.mine && bubble.person !== chosen) {
    unread.set(bubble.person, (unread.get(bubble.person) ?? 0) + 1);
    showUnread(bubble.person);
  }
  if (bubble.person === chosen) show(bubble);
}

// --- the chat ---

function show(bubble) {
  const row = log.querySelector(`[data-id="${CSS.escape(bubble.id)}"]`);
  const stick = atEnd();
  if (row) showProgress(row, bubble);
  else place(makeRow(bubble));
  if (stick || (bubble.mine && !row)) toEnd();
}

// place puts a row where its number belongs, nearly always at the end.
function place(row) {
  let before = log.lastElementChild;
  while (before && Number(before.dataset.n) > Number(row.dataset.n)) before = before.previousElementSibling;
  if (before) before.after(row);
  else log.prepend(row);
}

function atEnd() {
  return scroller.scrollHeight - scroller.scrollTop - scroller.clientHeight < 60;
}

function toEnd() {
  scroller.scrollTop = scroller.scrollHeight;
}

// --- the people ---

function linkOf(phone) {
  return people.find((link) => link.dataset.phone === phone);
}

function showLast(bubble) {
  const link = linkOf(bubble.person);
  if (!link || Number(link.dataset.n ?? 0) > bubble.n) return;
  link.dataset.n = bubble.n;
  link.querySelector(".last").textContent = (bubble.mine ? "You: " : "") + plain(bubble.text);
  link.querySelector(".when").textContent = timeOf(bubble);
}

function showUnread(phone) {
  const badge = linkOf(phone)?.querySelector(".unread");
  if (!badge) return;
  const n = unread.get(phone) ?? 0;
  badge.hidden = n === 0;
  badge.textContent = n;
  badge.setAttribute("aria-label", `${n} unread`);
}

function choose(phone, chatting) {
  const link = linkOf(phone);
  if (!link) return;
  app.classList.toggle("chatting", chatting);
  for (const other of people) other.toggleAttribute("aria-current", false);
  link.setAttribute("aria-current", "true");
  const { name, about, initials, persona } = link.dataset;
  $("name").textContent = $("self").textContent = name;
  $("about").textContent = about;
  $("phone").textContent = phone;
  $("face").textContent = initials;
  $("face").dataset.persona = persona;
  document.title = `${name} · ferry simulator`;
  unread.delete(phone);
  showUnread(phone);
  if (phone !== chosen) {
    chosen = phone;
    redraw();
  }
  if (chatting) toEnd();
}

function redraw() {
  log.setAttribute("aria-busy", "true"); // nobody wants an old chat read out
  const here = [...bubbles.values()].filter((b) => b.person === chosen).sort((a, b) => a.n - b.n);
  log.replaceChildren(...here.map(makeRow));
  log.setAttribute("aria-busy", String(!caughtUp));
  toEnd();
}

for (const link of people) {
  link.addEventListener("click", (event) => {
    if (event.ctrlKey || event.metaKey || event.shiftKey) return; // a new tab or window
    event.preventDefault();
    history.pushState(null, "", link.href);
    choose(link.dataset.phone, true);
    focusText();
  });
}

$("back").addEventListener("click", (event) => {
  event.preventDefault();
  history.pushState(null, "", "./");
  choose(chosen, false);
  linkOf(chosen).focus();
});

addEventListener("popstate", () => {
  const as = new URLSearchParams(location.search).get("as");
  choose(as ?? chosen, as !== null);
});

// A screen keyboard that covers half of a phone should wait for a tap.
function focusText() {
  if (matchMedia("(hover: hover)").matches) text.focus();
}

// --- sending ---

function send(words) {
  if (words.trim() === "") return;
  const as = chosen;
  sending = sending.then(() => post(as, words)).catch((error) => {
    tell(`Not sent: ${error.message}`);
    if (as === chosen && text.value === "") text.value = words;
  });
}

async function post(as, words) {
  let answer;
  try {
    answer = await fetch("api/messages", {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify({ as, text: words }),
    });
  } catch {
    throw new Error("the demo cannot be reached.");
  }
  if (!answer.ok) throw new Error((await answer.json()).error);
  if (stream.readyState === EventSource.OPEN) tell("");
}

$("composer").addEventListener("submit", (event) => {
  event.preventDefault();
  send(text.value);
  text.value = "";
  fit();
});

text.addEventListener("keydown", (event) => {
  // Enter that ends the composition of a character must not send.
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  $("composer").requestSubmit();
});

$("chips").addEventListener("click", (event) => {
  const chip = event.target.closest(".chip");
  if (chip) send(chip.textContent);
});

// The text grows with its lines; browsers that know field-sizing do it alone.
function fit() {
  if (CSS.supports("field-sizing", "content")) return;
  text.style.height = "auto";
  text.style.height = `${text.scrollHeight}px`;
}
text.addEventListener("input", fit);

function tell(words) {
  $("state").textContent = words;
  $("state").hidden = words === "";
}

focusText();
