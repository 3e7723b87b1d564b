// How a message looks. Whatever somebody wrote gets into the page as text
// nodes; nothing here reads HTML from a message.

import { parse } from "./markup.js";

const elements = { bold: "strong", italic: "em", strike: "s", code: "code", block: "pre", link: "a" };

const ticks = {
  queued: ["tick-clock", "on its way"],
  sent: ["tick-one", "sent"],
  delivered: ["tick-two", "delivered"],
  read: ["tick-two", "read"],
  failed: ["tick-alarm", "failed"],
};

const clock = new Intl.DateTimeFormat([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });

export const timeOf = (bubble) => clock.format(new Date(bubble.at));

/** makeRow makes the list item of a message; showProgress fills in the rest. */
export function makeRow(bubble) {
  const row = document.getElementById("bubble").content.firstElementChild.cloneNode(true);
  row.dataset.id = bubble.id;
  row.dataset.n = bubble.n;
  row.classList.add(bubble.mine ? "mine" : "theirs");
  row.querySelector(".author").textContent = bubble.mine ? "You: " : "ferry: ";
  const text = row.querySelector(".text");
  append(text, parse(bubble.text));
  for (const url of bubble.media ?? []) append(text, media(url));
  const time = row.querySelector("time");
  time.dateTime = bubble.at;
  time.textContent = timeOf(bubble);
  showProgress(row, bubble);
  return row;
}

function media(url) {
  const web = URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
  return [{ type: "text", text: "\n📎 " }, web ? { type: "link", text: url, href: url } : { type: "text", text: url }];
}

function append(parent, nodes) {
  for (const node of nodes) {
    if (node.type === "text") {
      parent.append(node.text);
      continue;
    }
    const element = document.createElement(elements[node.type]);
    if (node.parts) append(element, node.parts);
    else element.textContent = node.text;
    if (node.type === "link") Object.assign(element, { href: node.href, target: "_blank", rel: "noopener noreferrer" });
    parent.append(element);
  }
}

/** showProgress shows how far a message has come. */
export function showProgress(row, bubble) {
  if (row.dataset.status !== bubble.status) {
    row.dataset.status = bubble.status;
    const [template, label] = ticks[bubble.status];
    const tick = row.querySelector(".ticks");
    tick.replaceChildren(document.getElementById(template).content.cloneNode(true));
    tick.title = bubble.error ? `${label}: Twilio error ${bubble.error}` : label;
    tick.setAttribute("aria-label", tick.title);
  }
  const wire = row.querySelector(".wire");
  wire.replaceChildren(...facts(bubble));
  wire.hidden = wire.childElementCount === 0;
}

// facts are what the wire says about a message.
function facts(bubble) {
  const parts = [];
  const add = (name, text, title) => {
    const part = document.createElement("span");
    part.className = name;
    part.textContent = text;
    part.title = title;
    parts.push(part);
  };
  const hook = bubble.webhook;
  if (bubble.error) add("bad", `Twilio error ${bubble.error}`, "Twilio's error code");
  if (!hook) return parts;
  if (hook.error) add("bad", hook.error, "What became of the webhook");
  else add("good", `${hook.status}`, "HTTP status of the webhook's answer");
  add("ms", milliseconds(hook.ms), "From the webhook's first byte to its answer's last, committed to the database");
  if (bubble.answeredMs) add("ms", `answered in ${milliseconds(bubble.answeredMs)}`, "From the message to the reply at Twilio");
  if (hook.note && hook.note !== "Processing request") add("note", hook.note, "ferry's note in the answer");
  if (hook.executionId) add("execution", `execution ${hook.executionId}`, "Execution id, as in the logs and tables");
  return parts;
}

function milliseconds(ms) {
  if (ms >= 10000) return `${(ms / 1000).toFixed(0)} s`;
  if (ms >= 1000) return `${(ms / 1000).toFixed(1)} s`;
  return ms >= 10 ? `${ms.toFixed(0)} ms` : `${ms.toFixed(1)} ms`;
}
