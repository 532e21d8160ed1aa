// The jobs of one queue.
import { inRegion } from "./api.js";
import { h, chip, mix, number, span, state, table, time, STATUSES } from "./dom.js";

export const queue = {
  title: (name) => name,
  load: (name, status, start) => inRegion("queue-jobs", { queue: name, status, start }),
  draw(data, [name, status, start]) {
    const link = `#/queue/${encodeURIComponent(name)}`, counts = data.queue.counts;
    const total = Object.values(counts).reduce((sum, n) => sum + n, 0), at = Number(start ?? 0);
    const tab = (text, href, current, n) => h("li", {}, h("a", { href, "aria-current": current ? "page" : null }, text, " ", h("span", { class: "soft" }, number(n))));
    const page = (n) => `${link}/${status ?? "ALL"}/${n}`;
    return [
      h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "#/" }, "Overview"), " / Job queue"),
      h("div", { class: "head" }, h("h1", { tabindex: "-1" }, name), state(data.queue)),
      mix(counts, total, name),
      data.queue.waiting ? h("p", { class: "callout", id: "head-waits" }, data.queue.waiting.explanation) : null,
      h("nav", { "aria-label": "Statuses" }, h("ul", { class: "tabs" }, tab("All", link, !status, total),
        STATUSES.filter((s) => s !== "SCHEDULED" || counts[s]).map((s) => tab(s, `${link}/${s}`, s === status, counts[s] ?? 0)))),
      data.jobs.length
        ? table(`Jobs of ${name}`, ["Job", "Status", "Since", "Ran for", "Tries", "Why"], data.jobs.map((job) => row(job, data.now_ms)))
        : h("p", { class: "hint" }, status ? `No job is ${status}.` : "No job was submitted to this queue yet."),
      h("nav", { class: "pager", "aria-label": "Pages of jobs" },
        at ? h("a", { href: page(Math.max(at - 50, 0)) }, "← Newer") : null,
        data.total ? h("span", { class: "soft" }, `${number(at + 1)}–${number(at + data.jobs.length)} of ${number(data.total)}`) : null,
        data.next != null ? h("a", { href: page(data.next) }, "Older →") : null),
    ];
  },
};

function row(job, now) {
  const more = job.array_size ? ` [${number(job.array_size)}]` : job.num_nodes ? ` [${job.num_nodes} nodes]` : "";
  const ran = job.started_ms == null ? null : (job.stopped_ms ?? now) - job.started_ms;
  return h("tr", { "data-key": job.id },
    h("th", { scope: "row" }, h("a", { href: `#/job/${encodeURIComponent(job.id)}` }, job.name), h("span", { class: "soft" }, more)),
    h("td", {}, chip(job.status)), h("td", { class: "num" }, time(job.since_ms)), h("td", { class: "num" }, job.stopped_ms != null || job.status === "RUNNING" ? span(ran) : "—"),
    h("td", { class: "num" }, job.tries || "—"), h("td", { class: "why" }, job.status_reason ?? ""));
}
