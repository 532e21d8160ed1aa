// All queues and environments; one environment; the timeline.
import { inRegion, scope } from "./api.js";
import { h, chip, facts, mix, number, share, state, table, time, STATUSES } from "./dom.js";

export const overview = {
  title: () => "Overview",
  load: () => inRegion("overview"),
  draw(data) {
    const environments = data.environments.length + data.service_environments.length;
    if (!data.queues.length && !environments) return [h("h1", { tabindex: "-1" }, "Overview"), welcome()];
    const total = data.queues.reduce((sum, queue) => sum + count(queue), 0);
    return [
      h("h1", { tabindex: "-1" }, "Overview"),
      total ? tiles(data.queues) : null,
      h("section", { "aria-labelledby": "queues" },
        h("div", { class: "head" }, h("h2", { id: "queues" }, "Job queues"), h("p", { class: "soft" }, `${number(total)} jobs`)),
        data.queues.length ? h("div", { class: "cards" }, data.queues.map(queueCard)) : h("p", { class: "hint" }, "No queue yet: CreateJobQueue makes one.")),
      data.queues.length && !total ? firstJob(data.queues[0].name) : null,
      h("section", {},
        h("h2", { id: "environments" }, "Compute environments"),
        data.environments.length
          ? table("Compute environments", ["Name", "Type", "State", "vCPUs in use", "Instances", "Queues"], data.environments.map(environmentRow))
          : h("p", { class: "hint" }, "No compute environment yet.")),
      data.service_environments.length ? h("section", {}, h("h2", {}, "Service environments"),
        table("Service environments", ["Name", "Type", "State", "In use", "Queues"], data.service_environments.map(serviceRow))) : null,
    ];
  },
};

const count = (queue) => Object.values(queue.counts).reduce((sum, n) => sum + n, 0);

// The figures of a region at a glance.
function tiles(queues) {
  const sum = (...names) => queues.reduce((all, queue) => all + names.reduce((n, name) => n + (queue.counts[name] ?? 0), 0), 0);
  const tile = (name, kind, n) => h("div", { class: n ? "tile" : "tile none" }, h("dt", {}, h("span", { class: `dot ${kind}`, "aria-hidden": "true" }), name), h("dd", {}, number(n)));
  return h("dl", { class: "tiles" },
    tile("Waiting", "runnable", sum("SUBMITTED", "PENDING", "RUNNABLE")), tile("Starting", "starting", sum("SCHEDULED", "STARTING")),
    tile("Running", "running", sum("RUNNING")), tile("Succeeded", "succeeded", sum("SUCCEEDED")), tile("Failed", "failed", sum("FAILED")));
}

function queueCard(queue) {
  const total = count(queue), link = `#/queue/${encodeURIComponent(queue.name)}`, head = queue.waiting;
  return h("article", { class: "card", "data-key": queue.name },
    h("div", { class: "head" }, h("h3", {}, h("a", { href: link }, queue.name)), state(queue)),
    h("p", { class: "soft" }, `Priority ${queue.priority} · ${queue.fair_share ? "fair-share" : "first in, first out"} · ${queue.environments.join(", ") || "no environment"}`),
    mix(queue.counts, total, queue.name),
    h("ul", { class: "counts" }, STATUSES.filter((s) => s !== "SCHEDULED" || queue.counts[s]).map((status) =>
      h("li", {}, h("a", { href: `${link}/${status}`, class: queue.counts[status] ? "" : "none" },
        h("span", { class: `dot ${status.toLowerCase()}`, "aria-hidden": "true" }), h("b", {}, number(queue.counts[status] ?? 0)), ` ${status}`)))),
    head ? h("p", { class: "waits" }, h("a", { href: `#/job/${encodeURIComponent(head.id)}` }, head.name), ` waits: ${why(head)}`) : null);
}

// The explanation without what the reader sees anyway.
const why = (job) => job.explanation.slice(job.explanation.indexOf(" since ")).replace(/^ since [0-9:]+:? ?/, "") || "the scheduler has not looked yet";

const queues = (it) => it.queues.length ? it.queues.map((name, at) => [at ? ", " : "", h("a", { href: `#/queue/${encodeURIComponent(name)}` }, name)]) : "—";

function environmentRow(it) {
  return h("tr", { "data-key": it.name },
    h("th", { scope: "row" }, h("a", { href: `#/environment/${encodeURIComponent(it.name)}` }, it.name)),
    h("td", { class: "num" }, it.type || "—"), h("td", {}, state(it), it.breakdown ? h("span", { class: "tag warn" }, `broken: ${it.breakdown}`) : null), h("td", {}, load(it)),
    h("td", { class: "num" }, it.type.startsWith("FARGATE") ? "—" : number(it.instances)), h("td", {}, queues(it)));
}

function serviceRow(it) {
  return h("tr", { "data-key": it.name },
    h("th", { scope: "row" }, it.name), h("td", { class: "num" }, it.type), h("td", {}, state(it)),
    h("td", {}, it.units.map((one) => share(one.used, one.max, one.unit === "NUM_INSTANCES" ? " instances" : ` ${one.unit}`))), h("td", {}, queues(it)));
}

const load = (it) => it.managed ? share(it.used_vcpus, it.max_vcpus) : h("span", { class: "soft" }, `unmanaged, ${number(it.used_vcpus)} of ${number(it.launched_vcpus)}`);

const code = (text) => h("pre", { tabindex: "0" }, h("code", {}, text));

const endpoint = () => `export AWS_ENDPOINT_URL_BATCH=${location.origin}\nexport AWS_DEFAULT_REGION=${scope.region ?? "us-east-1"}\nexport AWS_ACCESS_KEY_ID=${scope.account ?? "any"} AWS_SECRET_ACCESS_KEY=any\n`;

function welcome() {
  return h("section", { class: "welcome" }, h("h2", {}, "Nothing here yet. Submit the first job"),
    h("p", {}, "This server answers as AWS Batch does. Point any SDK or the AWS CLI at it, make an environment, a queue and a definition, and submit:"),
    code(`${endpoint()}
aws batch create-compute-environment --compute-environment-name first --type MANAGED \\
  --compute-resources type=FARGATE,maxvCpus=16,subnets=subnet-1,securityGroupIds=sg-1
aws batch create-job-queue --job-queue-name first --priority 1 \\
  --compute-environment-order order=1,computeEnvironment=first
aws batch register-job-definition --job-definition-name first --type container \\
  --platform-capabilities FARGATE --container-properties '{"image": "busybox", "command": ["true"],
  "executionRoleArn": "arn:aws:iam::123456789012:role/task",
  "resourceRequirements": [{"type": "VCPU", "value": "1"}, {"type": "MEMORY", "value": "2048"}]}'
aws batch submit-job --job-name hello --job-queue first --job-definition first`),
    h("p", {}, "The page follows by itself. Jobs of another account or region are behind the selectors above."));
}

function firstJob(queue) {
  return h("section", { class: "welcome" }, h("h2", {}, "The queues are empty"), h("p", {}, "Submit a job, and watch it pass through its states:"),
    code(`${endpoint()}aws batch submit-job --job-name hello --job-queue ${queue} --job-definition NAME`),
    h("p", {}, "Say what shall happen to it before: ", h("code", {}, "batchmock outcome 'hello' reclaimed 'succeeds after=30'"), "."));
}

export const environment = {
  title: (name) => name,
  load: (name) => inRegion("environment", { name }),
  draw(data) {
    const it = data.environment, fargate = it.type.startsWith("FARGATE");
    return [
      h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "#/" }, "Overview"), " / Compute environment"),
      h("div", { class: "head" }, h("h1", { tabindex: "-1" }, it.name), state(it)),
      it.status === "VALID" ? null : h("p", { class: "callout" }, it.status_reason),
      it.breakdown ? h("p", { class: "callout" }, `A test has broken it: ${it.breakdown}.`) : null,
      facts([["Type", it.type || "unmanaged"], ["vCPUs in use", load(it)], fargate ? null : ["Launched", `${number(it.launched_vcpus)} vCPUs on ${number(it.instances)} instances`],
        it.managed && !fargate ? ["Minimum", `${number(it.min_vcpus)} vCPUs`] : null,
        fargate ? null : ["Instance types", (data.resources.instanceTypes ?? []).join(", ") || "—"],
        fargate ? null : ["Allocation", data.resources.allocationStrategy ?? "—"], ["Queues", queues(it)]]),
      fargate ? tasks(data) : instances(data, it),
      data.left_out ? h("p", { class: "hint" }, "There is more here than is shown.") : null,
    ];
  },
};

const jobLink = (job) => h("a", { href: `#/job/${encodeURIComponent(job.id)}` }, job.index == null ? job.name : `${job.name} :${job.index}`);

function tasks(data) {
  const jobs = data.instances.flatMap((host) => host.jobs);
  return h("section", {}, h("div", { class: "head" }, h("h2", {}, "Tasks"), h("p", { class: "soft" }, `${number(jobs.length)} at work`)),
    jobs.length ? table("Tasks", ["Job", "Status", "vCPUs", "Since"], jobs.map((job) => h("tr", { "data-key": job.id },
      h("th", { scope: "row" }, jobLink(job)), h("td", {}, chip(job.status)), h("td", { class: "num" }, number(job.vcpus)), h("td", { class: "num" }, time(job.since_ms)))))
      : h("p", { class: "hint" }, "Nothing runs here now."));
}

// Those with jobs in a table, those without folded away: there may be hundreds.
function instances(data, it) {
  const busy = data.instances.filter((host) => host.jobs.length), idle = data.instances.filter((host) => !host.jobs.length);
  return h("section", {},
    h("div", { class: "head" }, h("h2", {}, "Instances"), h("p", { class: "soft" }, `${number(busy.length)} with jobs, ${number(idle.length)} without`)),
    busy.length ? table("Instances", ["Instance", "Type", "Zone", "Status", "vCPUs in use", "Jobs", "Launched", ...(it.is_spot ? ["Spot"] : [])], busy.map((host) => h("tr", { "data-key": host.name },
      place(host), h("td", {}, host.about ? share(host.about.used_vcpus, host.about.vcpus, "", false) : number(host.jobs.reduce((sum, job) => sum + job.vcpus, 0))),
      h("td", {}, h("ul", { class: "plain tight" }, host.jobs.map((job) => h("li", {}, jobLink(job), " ", chip(job.status))))),
      h("td", { class: "num" }, time(host.about?.launched_ms)),
      it.is_spot ? h("td", {}, h("button", { type: "button", class: "small", "data-action": "reclaim-instance", "data-id": host.name, "aria-label": `Reclaim ${host.name}` }, "Reclaim")) : null)))
      : h("p", { class: "hint" }, "Nothing runs here now."),
    idle.length ? h("details", { class: "after" }, h("summary", {}, `${number(idle.length)} without jobs`),
      table("Instances without jobs", ["Instance", "Type", "Zone", "Status", "vCPUs", "Launched"], idle.map((host) => h("tr", { "data-key": host.name },
        place(host), h("td", { class: "num" }, number(host.about?.vcpus ?? 0)), h("td", { class: "num" }, time(host.about?.launched_ms)))))) : null);
}

const place = ({ name, about }) => [h("th", { scope: "row" }, h("span", { class: "mono" }, name)), h("td", { class: "num" }, about?.type ?? "—"), h("td", { class: "num" }, about?.zone ?? "—"),
  h("td", {}, about ? h("span", { class: "tag" }, about.status) : "—")];

export const timeline = {
  title: () => "Timeline",
  load: async () => ({}),
  static: true,
  draw() {
    const dark = document.documentElement.dataset.theme === "dark";
    const query = new URLSearchParams({ theme: dark ? "dark" : "light", ...(scope.account ? { account: scope.account } : {}) });
    const source = `/_batchmock/console/timeline.html?${query}`;
    return [
      h("div", { class: "head" }, h("h1", { tabindex: "-1" }, "Timeline"),
        h("p", {}, h("button", { type: "button", "data-action": "redraw" }, "Draw again"), " ", h("a", { href: source, target: "_blank", rel: "noopener" }, "Open on its own"))),
      h("p", { class: "soft" }, "The jobs as bars by what they did, the instances with what ran on them. Above 2,000 bars, groups are told by counts."),
      h("iframe", { title: "Timeline", src: source, class: "drawing", "data-keep": true }),
    ];
  },
};
