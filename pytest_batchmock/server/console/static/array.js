// The children of an array as a grid of cells: one canvas, so that ten thousand are no burden.
import { h, mix, number } from "./dom.js";

const NAMES = { u: "SUBMITTED", p: "PENDING", r: "RUNNABLE", t: "STARTING", g: "RUNNING", s: "SUCCEEDED", f: "FAILED" };
let shown = null, at = 0;

export function grid(data) {
  const counts = {};
  for (const letter of data.array.statuses) counts[NAMES[letter]] = (counts[NAMES[letter]] ?? 0) + 1;
  if (shown?.id !== data.id) at = 0;
  shown = { id: data.id, ...data.array };
  const retried = [...data.array.tries].filter((n) => n > "1").length;
  return h("section", { "aria-labelledby": "children" },
    h("h2", { id: "children" }, `${number(data.array_size)} children`),
    mix(counts, data.array_size, "Children"),
    h("p", { class: "soft" }, Object.entries(counts).map(([status, n]) => `${number(n)} ${status}`).join(" · ") || "They are made when the array has been evaluated.",
      retried ? ` · ${number(retried)} tried more than once` : ""),
    data.array.statuses ? [
      h("p", { class: "soft", id: "grid-help" }, "Arrow keys move, Enter opens the child; or go to an index: ",
        h("form", { class: "inline", "data-form": "child" }, h("label", {}, h("span", { class: "unseen" }, "Index of a child"), h("input", { name: "index", inputmode: "numeric", size: "6", autocomplete: "off" })), h("button", { type: "submit" }, "Go"))),
      h("canvas", { id: "grid", tabindex: "0", role: "application", "aria-label": `Children of ${data.name}`, "aria-describedby": "grid-help grid-at", "data-keep": true }),
      h("ul", { class: "key", "aria-label": "Key" }, Object.values(NAMES).filter((name) => counts[name]).map((name) => h("li", {}, h("span", { class: `dot square ${name.toLowerCase()}`, "aria-hidden": "true" }), name))),
      h("p", { id: "grid-at", class: "mono", "aria-live": "polite", "data-keep": true }, "\u00a0"),
    ] : null);
}

const shape = (canvas) => {
  const width = canvas.parentElement.clientWidth, n = shown.statuses.length;
  const cell = n > 2500 ? 9 : n > 400 ? 13 : 20, columns = Math.max(Math.floor(width / cell), 1);
  return { width, cell, columns, rows: Math.ceil(n / columns) };
};

export function paint() {
  const canvas = document.getElementById("grid");
  if (!canvas || !shown) return;
  const { width, cell, columns, rows } = shape(canvas), ratio = devicePixelRatio || 1;
  if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
  if (canvas.height !== Math.round(rows * cell * ratio)) canvas.height = Math.round(rows * cell * ratio);
  canvas.style.height = `${rows * cell}px`;
  const pen = canvas.getContext("2d"), style = getComputedStyle(canvas), colours = {};
  for (const [letter, name] of Object.entries(NAMES)) colours[letter] = style.getPropertyValue(`--${name.toLowerCase()}`);
  pen.setTransform(ratio, 0, 0, ratio, 0, 0);
  pen.clearRect(0, 0, width, rows * cell);
  for (let n = 0; n < shown.statuses.length; n++) {
    const letter = shown.statuses[n], x = (n % columns) * cell, y = Math.floor(n / columns) * cell;
    pen.fillStyle = colours[letter];
    // Told apart without colour too: what waits is small, what failed has a hole.
    const inset = letter === "s" || letter === "g" || letter === "f" ? 0.5 : cell / 4;
    pen.fillRect(x + inset, y + inset, cell - 1 - 2 * inset, cell - 1 - 2 * inset);
    if (letter === "f") pen.clearRect(x + cell / 2 - 1.5, y + cell / 2 - 1.5, 2, 2);
  }
  if (document.activeElement === canvas) {
    pen.strokeStyle = style.getPropertyValue("--ink");
    pen.lineWidth = 2;
    pen.strokeRect((at % columns) * cell, Math.floor(at / columns) * cell, cell - 1, cell - 1);
  }
  canvas.dataset.painted = String(shown.statuses.length);
  canvas.dataset.failed = String([...shown.statuses].filter((letter) => letter === "f").length);
}

const say = (n) => {
  const tries = Number(shown.tries[n]);
  document.getElementById("grid-at").textContent = `:${n} ${NAMES[shown.statuses[n]]}${tries > 1 ? `, ${tries} attempts` : ""}`;
};

const open = (n) => { location.hash = `#/job/${encodeURIComponent(`${shown.id}:${n}`)}`; };

const cellAt = (canvas, event) => {
  const { cell, columns } = shape(canvas), box = canvas.getBoundingClientRect();
  const column = Math.floor((event.clientX - box.left) / cell), n = Math.floor((event.clientY - box.top) / cell) * columns + column;
  return column < columns && n >= 0 && n < shown.statuses.length ? n : null;
};

export function listen(main) {
  main.addEventListener("keydown", (event) => {
    if (event.target.id !== "grid") return;
    const { columns } = shape(event.target), last = shown.statuses.length - 1;
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns, ArrowUp: -columns, Home: -at, End: last - at };
    if (event.key === "Enter") open(at);
    else if (event.key in moves) at = Math.min(Math.max(at + moves[event.key], 0), last);
    else return;
    event.preventDefault();
    if (event.key !== "Enter") { say(at); paint(); }
  });
  main.addEventListener("pointermove", (event) => {
    if (event.target.id !== "grid") return;
    const n = cellAt(event.target, event);
    if (n !== null) say(n);
  });
  main.addEventListener("click", (event) => {
    if (event.target.id !== "grid") return;
    const n = cellAt(event.target, event);
    if (n !== null) open(n);
  });
  main.addEventListener("submit", (event) => {
    if (event.target.dataset.form !== "child") return;
    event.preventDefault();
    const n = Number(new FormData(event.target).get("index"));
    if (Number.isInteger(n) && n >= 0 && n < shown.statuses.length) open(n);
    else document.getElementById("grid-at").textContent = `Give an index from 0 to ${shown.statuses.length - 1}.`;
  });
  for (const kind of ["focusin", "focusout"]) main.addEventListener(kind, (event) => { if (event.target.id === "grid") paint(); });
  addEventListener("resize", paint);
}
