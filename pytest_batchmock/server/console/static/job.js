// One job: what it is, where it is and why, and what it wrote.
import { get, pathOf } from "./api.js";
import { grid } from "./array.js";
import { h, chip, facts, moment, span, table, time } from "./dom.js";

const KINDS = { SUBMITTED: "depends", PENDING: "depends", RUNNABLE: "queued", SCHEDULED: "starting", STARTING: "starting", RUNNING: "running" };

export const job = {
  title: (id, data) => data?.name ?? id,
  async load(id) {
    const [page, logs] = await Promise.all([get(`job-page/${pathOf(id)}`), get(`job-logs/${pathOf(id)}`)]);
    page.logs = logs.streams;
    if (page.array_size) page.array = await get(`array/${pathOf(id)}`);
    return page;
  },
  draw(data) {
    const link = (id, text) => h("a", { href: `#/job/${encodeURIComponent(id)}` }, text ?? id);
    return [
      h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "#/" }, "Overview"), " / ",
        h("a", { href: `#/queue/${encodeURIComponent(data.queue)}` }, data.queue), data.parent ? [" / ", link(data.parent, "parent")] : null),
      h("div", { class: "head" },
        h("h1", { tabindex: "-1" }, data.name, data.index == null ? "" : ` :${data.index}`, " ", chip(data.status)),
        data.can_terminate ? h("p", {}, h("button", { type: "button", class: "danger", "data-action": "terminate", "data-id": data.id }, "Terminate"), " ",
          data.can_reclaim ? h("button", { type: "button", "data-action": "reclaim", "data-id": data.id }, "Reclaim its host") : null) : null),
      h("p", { class: "callout", id: "explanation" }, data.explanation),
      data.counts.PENDING === undefined ? bars(data) : null, // the children of an array have bars, it has none
      h("div", { class: "columns" },
        h("section", { "aria-labelledby": "about" }, h("h2", { id: "about" }, "About"), facts([
          ["Job id", h("code", {}, data.id)], data.is_service ? null : ["Definition", data.definition || "—"], ["Queue", h("a", { href: `#/queue/${encodeURIComponent(data.queue)}` }, data.queue)], ["Submitted", moment(data.created_ms)],
          ["Started", moment(data.started_ms)], ["Stopped", moment(data.stopped_ms)],
          data.service ? ["Service job", data.service.Type] : null, data.service ? ["Instances", data.service.Instances] : null,
          data.service?.["Quota share"] ? ["Quota share", data.service["Quota share"]] : null,
          ["Attempts", data.array_size ? `at most ${data.most_attempts} a child` : `${data.tries} of at most ${data.most_attempts}`], ["Time-out", data.timeout_ms ? `${span(data.timeout_ms)} an attempt` : "none"],
          data.depends_on.length ? ["Depends on", data.depends_on.map((id) => h("div", {}, link(id)))] : null,
          data.command.length ? ["Command", h("code", {}, data.command.join(" "))] : null])),
        h("section", { "aria-labelledby": "history" }, h("h2", { id: "history" }, "History"),
          h("ol", { class: "history" }, data.history.map((it, at) => h("li", {}, chip(it.status), h("span", { class: "num" }, time(it.at_ms)),
            h("span", { class: "soft" }, at + 1 < data.history.length ? span(data.history[at + 1].at_ms - it.at_ms) : "")))))),
      data.array ? grid(data) : null,
      data.nodes.length ? h("section", {}, h("h2", {}, `${data.nodes.length} nodes`), nodeCells(data), table("Nodes", ["Node", "Status", "Instance", "Since", "Exit code", "Why"], data.nodes.map((node) =>
        h("tr", { "data-key": node.id }, h("th", { scope: "row" }, link(node.id, `Node ${node.index}`), node.is_main_node ? h("span", { class: "tag" }, "main node") : null),
          h("td", {}, chip(node.status)), h("td", { class: "soft mono" }, node.instance ?? "—"), h("td", { class: "num" }, time(node.since_ms)), h("td", { class: "num" }, node.exit_code ?? "—"), h("td", { class: "why" }, node.status_reason ?? ""))))) : null,
      data.attempts.length ? h("section", {}, h("h2", {}, "Attempts"), table("Attempts", ["No.", "Where", "Started", "Ran for", "Exit code", "Why it ended"], data.attempts.map(attempt))) : null,
      data.array ? null : logs(data),
      h("div", { class: "folds" }, pairs("Parameters", data.parameters), pairs("Environment", data.environment), pairs("Tags", data.tags),
        data.service ? h("details", {}, h("summary", {}, "Payload for SageMaker"), h("pre", { tabindex: "0" }, pretty(data.service.Payload))) : null,
      h("details", {}, h("summary", {}, "The request as it was submitted"), h("pre", { tabindex: "0" }, JSON.stringify(data.request, null, 2)))),
    ];
  },
};

function attempt(it) {
  const why = [it.status_reason, it.reason].filter(Boolean).join(" · ") || (it.stopped_ms == null ? "it is at work" : "—");
  return h("tr", { "data-key": it.number }, h("th", { scope: "row" }, it.number), h("td", {}, it.compute_environment, it.instance ? h("div", { class: "soft mono" }, it.instance) : null),
    h("td", { class: "num" }, time(it.started_ms)), h("td", { class: "num" }, it.started_ms != null && it.stopped_ms != null ? span(it.stopped_ms - it.started_ms) : "—"),
    h("td", { class: "num" }, it.exit_code ?? "—"), h("td", { class: "why" }, why));
}

function bars(data) {
  const begin = data.history[0]?.at_ms ?? data.now_ms, terminal = data.stopped_ms != null;
  const end = Math.max(terminal ? data.history.at(-1).at_ms : data.now_ms, begin + 1), whole = end - begin;
  const parts = data.history.map((it, at) => {
    const next = data.history[at + 1], to = next?.at_ms ?? end;
    let kind = KINDS[it.status];
    if (kind === "running" && next) kind = next.status === "SUCCEEDED" ? "done" : "lost";
    return kind && to > it.at_ms ? { kind, from: it.at_ms, to } : null;
  }).filter(Boolean);
  const told = parts.map((it) => `${it.kind} ${span(it.to - it.from)}`).join(", ");
  return h("figure", { class: "bars" },
    h("div", { class: "line", role: "img", "aria-label": `Timeline: ${told || "nothing yet"}` }, parts.map((it) =>
      h("span", { class: `bar-${it.kind}`, title: `${it.kind}, ${time(it.from)}, ${span(it.to - it.from)}`, vars: { "--from": (it.from - begin) / whole, "--part": (it.to - it.from) / whole } })),
      data.marks.map((it) => h("span", { class: "mark", title: `${it.kind}: ${it.text}`, vars: { "--from": (it.at_ms - begin) / whole } }, it.kind === "reclaimed" ? "✕" : "!"))),
    h("figcaption", {}, h("span", {}, time(begin)), h("ul", { class: "key" }, [...new Set(parts.map((it) => it.kind))].map((kind) => h("li", {}, h("span", { class: `swatch bar-${kind}`, "aria-hidden": "true" }), kind))),
      h("span", {}, `${time(end)} (${span(whole)})`)));
}

function logs(data) {
  return h("section", { "aria-labelledby": "logs" }, h("h2", { id: "logs" }, "Logs"),
    data.logs.length ? data.logs.map((stream) => h("details", { open: stream === data.logs.at(-1), "data-key": stream.name },
      h("summary", {}, `Attempt ${stream.attempt}, ${stream.container}, ${stream.total} ${stream.total === 1 ? "line" : "lines"} `, h("code", { class: "soft" }, stream.name)),
      stream.lines.length ? h("pre", { class: "log", tabindex: "0", "aria-label": `Log of attempt ${stream.attempt}` },
        stream.lines.map((line) => h("div", {}, h("span", { class: "soft" }, `${time(line.at_ms)}  `), line.text))) : h("p", { class: "hint" }, "Nothing was written.")))
      : h("p", { class: "hint" }, data.nodes.length ? "Each node has a log of its own: open the node." : data.is_service ? "A training job writes to a log group of SageMaker's, which is not modelled."
        : data.status === "FAILED" || data.status === "SUCCEEDED" ? "No container of it has run, so there is no log stream." : "No container has started yet, so there is no log stream."));
}

function pretty(text) {
  try { return JSON.stringify(JSON.parse(text), null, 2); } catch { return text; }
}

// The nodes as a row of cells, the main node marked: where a gang stands, at a glance.
function nodeCells(data) {
  return h("ul", { class: "nodes", "aria-label": "Nodes by status" }, data.nodes.map((node) => h("li", {},
    h("a", { class: `cell ${node.status.toLowerCase()}${node.is_main_node ? " main" : ""}`, href: `#/job/${encodeURIComponent(node.id)}`, "aria-label": `Node ${node.index}${node.is_main_node ? ", main node" : ""}, ${node.status}` }, node.index))));
}

function pairs(title, members) {
  const names = Object.keys(members);
  if (!names.length) return null;
  return h("details", { open: names.length > 0 && names.length < 6 }, h("summary", {}, `${title} (${names.length})`),
    h("dl", { class: "pairs" }, names.map((name) => h("div", {}, h("dt", {}, name), h("dd", {}, members[name])))));
}
