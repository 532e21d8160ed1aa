// Elements from data. Text is always text: nothing here parses HTML.

export function h(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (key === "vars") for (const [n, v] of Object.entries(value)) element.style.setProperty(n, v);
    else element.setAttribute(key, value === true ? "" : String(value));
  }
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
  return element;
}

// Make `from` look like `to`, touching only what differs, so that focus, selection and scrolling stay.
export function morph(from, to) {
  if (from.nodeType !== to.nodeType || from.nodeName !== to.nodeName || key(from) !== key(to)) {
    from.replaceWith(to);
    return;
  }
  if (from.nodeType !== Node.ELEMENT_NODE) {
    if (from.data !== to.data) from.data = to.data;
    return;
  }
  for (const { name } of [...from.attributes])
    if (!to.hasAttribute(name) && name !== "style" && !kept(from, name)) from.removeAttribute(name);
  for (const { name, value } of to.attributes)
    if (name !== "style" && from.getAttribute(name) !== value && !kept(from, name)) from.setAttribute(name, value);
  if (from.style.cssText !== to.style.cssText) from.style.cssText = to.style.cssText;
  if (from.hasAttribute("data-keep")) return;
  const old = [...from.childNodes], fresh = [...to.childNodes];
  fresh.forEach((child, at) => (at < old.length ? morph(old[at], child) : from.append(child)));
  old.slice(fresh.length).forEach((child) => child.remove());
}

const key = (node) => (node.getAttribute ? node.getAttribute("data-key") : null);
const kept = (node, name) => node.nodeName === "DETAILS" && name === "open";

const clock = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", dateStyle: "medium", timeStyle: "medium" });
const day = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", day: "numeric", month: "short" });
const short = new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", timeStyle: "medium" });

export const moment = (ms) => (ms == null ? "—" : clock.format(ms) + " UTC");
// The time of day; of another day than today (by the virtual clock) with the date.
let today = null;
export const itIs = (ms) => { today = day.format(ms); };
export const time = (ms) => (ms == null ? "—" : day.format(ms) === today ? short.format(ms) : `${day.format(ms)}, ${short.format(ms)}`);
export const number = (value) => new Intl.NumberFormat("en").format(value);

export function span(ms) {
  if (ms == null) return "—";
  if (ms < 1000) return `${Math.round(ms)} ms`;
  let seconds = Math.round(ms / 1000);
  const parts = [];
  for (const [unit, size] of [["d", 86400], ["h", 3600], ["m", 60], ["s", 1]]) {
    if (seconds >= size || (unit === "s" && !parts.length)) parts.push(`${Math.floor(seconds / size)}${unit}`);
    seconds %= size;
  }
  return parts.slice(0, 2).join(" ");
}

export const STATUSES = ["SUBMITTED", "PENDING", "RUNNABLE", "SCHEDULED", "STARTING", "RUNNING", "SUCCEEDED", "FAILED"];

export const chip = (status) => h("span", { class: `chip ${status.toLowerCase()}` }, status);

export const state = (it) => h("span", { class: `tag ${it.state === "ENABLED" && it.status === "VALID" ? "good" : "warn"}` }, `${it.state} · ${it.status}`);

// How much of something is in use.
export function share(used, most, unit = "", bound = true) {
  const part = most ? used / most : 0;
  return h("div", { class: "load" }, h("span", { class: bound && part >= 1 ? "track full" : "track", "aria-hidden": "true" }, h("span", { vars: { "--part": Math.min(part, 1) } })),
    h("span", {}, `${number(used)} of ${number(most)}${unit}`));
}

export function table(caption, head, rows, options = {}) {
  return h("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": caption },
    h("table", {},
      h("caption", { class: options.shown ? "" : "unseen" }, caption),
      h("thead", {}, h("tr", {}, head.map((text) => h("th", { scope: "col" }, text)))),
      h("tbody", {}, rows)));
}

export const facts = (pairs) => h("dl", { class: "facts" }, pairs.filter(Boolean).map(([name, value]) =>
  h("div", {}, h("dt", {}, name), h("dd", {}, value ?? "—"))));

export function mix(counts, total, label) {
  const told = STATUSES.filter((s) => counts[s]).map((s) => `${counts[s]} ${s}`).join(", ") || "no jobs";
  return h("div", { class: "mix", role: "img", "aria-label": `${label}: ${told}` },
    STATUSES.filter((s) => counts[s]).map((s) =>
      h("span", { class: s.toLowerCase(), vars: { "--part": counts[s] / Math.max(total, 1) } })));
}
