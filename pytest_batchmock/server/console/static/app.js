// Which page is shown, the clock above it, and what the buttons do.
import { get, follow, post, scope } from "./api.js";
import { listen, paint } from "./array.js";
import { h, itIs, moment, morph } from "./dom.js";
import { job } from "./job.js";
import { queue } from "./jobs.js";
import { environment, overview, timeline } from "./overview.js";

const PAGES = { "": overview, queue, job, environment, timeline };
const $ = (id) => document.getElementById(id);
const main = $("main");
let here = null, drawn = 0, version = null, clock = null, stop = null, loading = false, again = false;

// --- pages

function parsed() {
  const [name, ...rest] = location.hash.replace(/^#\/?/, "").split("/").map(decodeURIComponent);
  if (name === "queue" && rest[1] === "ALL") rest[1] = undefined;
  return { page: PAGES[name] ?? overview, name: name in PAGES ? name : "", rest };
}

async function show(fresh) {
  if (fresh) here = parsed();
  if (loading) { again = again || fresh || true; return; }
  loading = true;
  const asked = here, turn = ++drawn;
  try {
    const data = await asked.page.load(...asked.rest);
    if (asked === here) draw(asked, data, asked.shown !== true);
    problem(null);
  } catch (error) {
    if (asked === here && error.status === 404 && !asked.shown) {
      main.replaceChildren(h("h1", { tabindex: "-1" }, "Not there"), h("p", { class: "hint" }, error.message), h("p", {}, h("a", { href: "#/" }, "To the overview")));
      arrived(asked, "Not there");
    } else problem(error.message);
  } finally {
    loading = false;
    if (again || asked !== here || turn !== drawn) { again = false; show(false); }
  }
}

function draw(asked, data, fresh) {
  const shell = h("main", { id: "main", tabindex: "-1" }, asked.page.draw(data, asked.rest));
  if (fresh) {
    main.replaceChildren(...shell.childNodes);
    arrived(asked, asked.page.title(asked.rest[0], data));
  } else morph(main, shell);
  asked.shown = true;
  paint();
}

function arrived(asked, title) {
  document.title = `${title} · batchmock`;
  for (const link of document.querySelectorAll("[data-page]"))
    if (link.dataset.page === (asked.name || "overview")) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  if (arrived.before) { main.querySelector("h1")?.focus({ preventScroll: true }); scrollTo(0, 0); }
  arrived.before = true;
}

// What went wrong with a button stays until the next button or page; the page's own goes when it loads again.
const wrong = { page: null, button: null };

function problem(text, where = "page") {
  wrong[where] = text;
  const shown = wrong.button ?? wrong.page;
  $("problem").hidden = shown === null;
  if ($("problem").textContent !== (shown ?? "")) $("problem").textContent = shown ?? "";
}

const say = (text) => { $("said").textContent = text; };

// --- clock, account and region

async function scopes() {
  const data = await get("overview", { region: scope.region });
  options($("account"), data.accounts, scope.account ?? data.account);
  options($("region"), data.regions, data.region);
  scope.region = data.region;
  clock = data.clock;
  const real = clock.name === "real", paused = real && clock.rate === 0;
  $("mode").textContent = paused ? "paused" : real ? `real, ${clock.rate}×` : clock.name;
  $("rates").hidden = !real;
  $("pause").textContent = paused ? "Resume" : "Pause";
  if (real && !paused && document.activeElement !== $("rate")) {
    const text = String(clock.rate);
    if (![...$("rate").options].some((it) => it.value === text)) $("rate").append(h("option", { value: text }, `${text}×`));
    $("rate").value = text;
  }
  tick(clock.now_ms);
}

function options(select, names, chosen) {
  if ([...select.options].map((it) => it.value).join() !== names.join())
    select.replaceChildren(...names.map((name) => h("option", { value: name }, name)));
  if (document.activeElement !== select) select.value = chosen;
}

function tick(now) {
  itIs(now);
  $("now").textContent = moment(now);
  $("now").dateTime = new Date(now).toISOString();
}

function watch() {
  stop?.();
  stop = follow((event) => {
    if (event.error) return problem(event.error);
    tick(event.now_ms);
    const changed = event.version === null || event.version !== version;
    version = event.version;
    if (changed) scopes().catch((error) => problem(error.message));
    // What a job writes and how long it runs changes without a change of its status.
    if (!here.page.static && (changed || here.page === job)) show(false);
  }, (live) => { $("live").className = live ? "dot live" : "dot"; });
}

async function act(what, done) {
  try { await what(); say(done); problem(null, "button"); } catch (error) { problem(error.message, "button"); }
  await scopes().catch(() => {});
  show(false);
}

// --- what the user does

const ACTIONS = {
  theme() { setTheme(document.documentElement.dataset.theme === "dark" ? "light" : "dark", true); },
  pause() { const on = clock.rate === 0; act(() => post("clock/rate", { rate: on ? Number($("rate").value) : 0 }), on ? "The clock goes on." : "The clock is paused."); },
  step() { act(() => post("clock/step", {}), "Time has moved to the next instant at which something happens."); },
  idle() { act(() => post("clock/run-until-idle", {}), "Time has passed until nothing changes by itself."); },
  redraw() { main.querySelector("iframe").src += ""; },
  terminate(button) { sure(button, () => act(() => post("terminate", { id: button.dataset.id }), "The job is being terminated.")); },
  reclaim(button) { act(() => post("spot/reclaim", { job: button.dataset.id }), "The host is being reclaimed."); },
  "reclaim-instance"(button) { sure(button, () => act(() => post("spot/reclaim", { instance: button.dataset.id }), `${button.dataset.id} is being reclaimed.`)); },
};

// The first press asks, the second does it; for a button that was redrawn meanwhile, too.
let asked = null;
function sure(button, then) {
  const text = button.textContent;
  if (asked?.id === button.dataset.id && asked.action === button.dataset.action) { asked = null; return then(); }
  asked = { id: button.dataset.id, action: button.dataset.action };
  button.textContent = `Really ${text.toLowerCase()}?`;
  say(`Press again to ${text.toLowerCase()}.`);
  const mine = asked;
  setTimeout(() => { if (asked === mine) asked = null; if (button.isConnected) button.textContent = text; }, 4000);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-action]");
  if (button) ACTIONS[button.dataset.action](button);
});
$("rate").addEventListener("change", () => act(() => post("clock/rate", { rate: Number($("rate").value) }), `The clock goes ${$("rate").value} times as fast.`));
$("advance").addEventListener("submit", (event) => {
  event.preventDefault();
  const text = $("duration").value.trim(), seconds = Number(text);
  act(() => post("clock/advance", { duration: text !== "" && Number.isFinite(seconds) ? seconds : text }), `Time has advanced by ${text}.`);
});
$("account").addEventListener("change", () => { scope.account = $("account").value; scope.region = null; restart(); });
$("region").addEventListener("change", () => { scope.region = $("region").value; restart(); });
document.querySelector(".skip").addEventListener("click", (event) => { event.preventDefault(); main.focus(); });
addEventListener("hashchange", () => { problem(null, "button"); show(true); });

function restart() {
  version = null;
  if (here.name !== "timeline") location.hash = "#/";
  scopes().catch((error) => problem(error.message)).then(() => { watch(); show(true); });
}

function setTheme(name, keep) {
  document.documentElement.dataset.theme = name;
  $("theme").textContent = name === "dark" ? "Light theme" : "Dark theme";
  if (keep) { try { localStorage.setItem("batchmock-theme", name); } catch { /* private browsing */ } }
  paint();
  if (here?.page === timeline) show(true);
}

let kept = null;
try { kept = localStorage.getItem("batchmock-theme"); } catch { /* private browsing */ }
const system = matchMedia("(prefers-color-scheme: dark)");
setTheme(kept ?? (system.matches ? "dark" : "light"), false);
system.addEventListener("change", () => { if (!kept) setTheme(system.matches ? "dark" : "light", false); });

listen(main);
here = parsed();
scopes().catch((error) => problem(error.message)).then(() => { show(true); watch(); });
