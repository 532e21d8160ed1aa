// All queues and environments; one environment; the timeline.
import { inRegion, scope } from "./api.js";
import { h, chip, facts, mix, number, table, time, STATUSES } from "./dom.js";

export const overview = {
  title: () => "Overview",
  load: () => inRegion("overview"),
  draw(data) {
    if (!data.queues.length && !data.environments.length) return [h("h1", { tabindex: "-1" }, "Overview"), welcome()];
    const total = data.queues.reduce((sum, queue) => sum + count(queue), 0);
    return [
      h("h1", { tabindex: "-1" }, "Overview"),
      h("section", { "aria-labelledby": "queues" },
        h("div", { class: "head" }, h("h2", { id: "queues" }, "Job queues"), h("p", { class: "soft" }, `${number(total)} jobs`)),
        data.queues.length ? h("div", { class: "cards" }, data.queues.map(queueCard)) : h("p", { class: "hint" }, "No queue yet: CreateJobQueue makes one.")),
      data.queues.length && !total ? firstJob(data.queues[0].name) : null,
      h("section", {},
        h("h2", { id: "environments" }, "Compute environments"),
        data.environments.length
          ? table("Compute environments", ["Name", "Type", "State", "vCPUs in use", "Queues"], data.environments.map(environmentRow))
          : h("p", { class: "hint" }, "No compute environment yet.")),
    ];
  },
};

const count = (queue) => Object.values(queue.counts).reduce((sum, n) => sum + n, 0);

function queueCard(queue) {
  const total = count(queue), link = `#/queue/${encodeURIComponent(queue.name)}`;
  return h("article", { class: "card", "data-key": queue.name },
    h("div", { class: "head" }, h("h3", {}, h("a", { href: link }, queue.name)), state(queue)),
    h("p", { class: "soft" }, `Priority ${queue.priority} · ${queue.fair_share ? "fair-share" : "first in, first out"} · ${queue.environments.join(", ") || "no environment"}`),
    mix(queue.counts, total, queue.name),
    h("ul", { class: "counts" }, STATUSES.filter((s) => s !== "SCHEDULED" || queue.counts[s]).map((status) =>
      h("li", {}, h("a", { href: `${link}/${status}`, class: queue.counts[status] ? "" : "none" },
        h("span", { class: `dot ${status.toLowerCase()}`, "aria-hidden": "true" }), h("b", {}, number(queue.counts[status] ?? 0)), ` ${status}`)))));
}

const state = (it) => h("span", { class: `tag ${it.state === "ENABLED" && it.status === "VALID" ? "good" : "warn"}` }, `${it.state} · ${it.status}`);

function environmentRow(it) {
  return h("tr", { "data-key": it.name },
    h("th", { scope: "row" }, h("a", { href: `#/environment/${encodeURIComponent(it.name)}` }, it.name)),
    h("td", {}, it.type), h("td", {}, state(it)), h("td", {}, load(it)), h("td", {}, it.queues.join(", ") || "—"));
}

function load(it) {
  if (!it.managed) return h("span", { class: "soft" }, "unmanaged");
  const part = it.max_vcpus ? it.used_vcpus / it.max_vcpus : 0;
  return h("div", { class: "load" }, h("span", { class: "track", "aria-hidden": "true" }, h("span", { vars: { "--part": part } })),
    h("span", {}, `${number(it.used_vcpus)} of ${number(it.max_vcpus)}`));
}

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
    const it = data.environment;
    return [
      h("nav", { class: "crumbs", "aria-label": "Breadcrumb" }, h("a", { href: "#/" }, "Overview"), " / Compute environment"),
      h("div", { class: "head" }, h("h1", { tabindex: "-1" }, it.name), state(it)),
      it.status_reason ? h("p", { class: "callout" }, it.status_reason) : null,
      facts([["Type", it.type], ["vCPUs in use", load(it)], ["Minimum", `${it.min_vcpus} vCPUs`],
        it.instances ? ["Launched", `${it.instances} instances, ${number(it.launched_vcpus)} vCPUs`] : null, ["Instance types", (data.resources.instanceTypes ?? []).join(", ") || "—"],
        ["Allocation", data.resources.allocationStrategy ?? "—"], ["Queues", it.queues.join(", ") || "—"]]),
      h("h2", {}, it.type.startsWith("FARGATE") ? "Tasks" : "Instances"),
      data.instances.length
        ? h("div", { class: "cards" }, data.instances.map((host) => h("article", { class: "card", "data-key": host.name },
          h("div", { class: "head" }, h("h3", { class: "mono" }, host.name), h("span", { class: "tag" }, host.about ? host.about.status : `${number(host.jobs.reduce((sum, job) => sum + job.vcpus, 0))} vCPUs`)),
          host.about ? [h("p", {}, `${host.about.type} · ${host.about.zone} · since ${time(host.about.launched_ms)}`), load({ managed: true, used_vcpus: host.about.used_vcpus, max_vcpus: host.about.vcpus })] : null,
          h("ul", { class: "plain" }, host.jobs.map((job) => h("li", {}, chip(job.status), " ",
            h("a", { href: `#/job/${encodeURIComponent(job.id)}` }, job.index == null ? job.name : `${job.name} :${job.index}`), h("span", { class: "soft" }, ` since ${time(job.since_ms)}`)))))))
        : h("p", { class: "hint" }, "Nothing runs here now."),
      data.left_out ? h("p", { class: "hint" }, "More jobs run here than are shown.") : null,
    ];
  },
};

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
