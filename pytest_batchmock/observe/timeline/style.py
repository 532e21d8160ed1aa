"""The style sheets of a timeline's image and page, and the same colours for both themes."""

from __future__ import annotations

from typing import Final

_LIGHT: Final = (
    "--ground:#ffffff;--ink:#1b2230;--soft:#566072;--grid:#e4e8ee;--waits:#8590a2;--queues:#b57900;"
    "--starts:#117c9c;--runs:#2563d8;--done:#23803f;--lost:#c2372f;--stripe:#f3c6c2;--host:#e9edf3;"
    "--inside:#ffffff"
)
_DARK: Final = (
    "--ground:#12161d;--ink:#e8ecf2;--soft:#a3afc0;--grid:#252c38;--waits:#77839a;--queues:#e0a53a;"
    "--starts:#42b3d5;--runs:#6a9cff;--done:#4fb873;--lost:#f0766d;--stripe:#5a2522;--host:#242c39;"
    "--inside:#12161d"
)

_THEMES: Final = (
    f"svg{{{_LIGHT}}}svg.dark{{{_DARK}}}@media (prefers-color-scheme:dark){{svg.auto{{{_DARK}}}}}"
)

_SANS: Final = (
    "ui-sans-serif,system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif"
)

IMAGE: Final = (
    f"{_THEMES}svg{{font:13px {_SANS};max-width:100%;height:auto}}"
    ".ground{fill:var(--ground)}.grid{stroke:var(--grid)}"
    ".title{fill:var(--ink);font-size:18px;font-weight:600}"
    ".heading{fill:var(--ink);font-size:14px;font-weight:600}"
    ".about,.key,.tick{fill:var(--soft);font-size:12px}.tick{text-anchor:middle}"
    ".label{fill:var(--ink)}.status{text-anchor:end;font-size:11px;fill:var(--soft)}"
    ".status.failed{fill:var(--lost);font-weight:600}.status.succeeded{fill:var(--done)}"
    ".waits{fill:var(--waits)}.queues{fill:var(--queues)}.starts{fill:var(--starts)}"
    ".runs{fill:var(--runs)}.done{fill:var(--done)}.lost{fill:url(#hatch)}"
    ".lost-ground{fill:var(--stripe)}.lost-stripe{fill:var(--lost)}.host{fill:var(--host)}"
    ".number{fill:var(--inside);font-size:11px;font-weight:600}"
    ".halo{fill:var(--ground);stroke:var(--lost);stroke-width:1.5}"
    ".mark{fill:var(--lost);font-size:12px;font-weight:700;text-anchor:middle}"
    ".area.submitted,.area.pending{fill:var(--waits)}.area.runnable{fill:var(--queues)}"
    ".area.scheduled,.area.starting{fill:var(--starts)}.area.running{fill:var(--runs)}"
    ".area.succeeded{fill:var(--done)}.area.failed{fill:var(--lost)}"
)

PAGE: Final = (
    ":root{color-scheme:light dark;--page:#f5f7fa;--ink:#1b2230;--line:#d9dfe8;--paper:#fff}"
    ":root.light{color-scheme:light}:root.dark{color-scheme:dark;--page:#0c0f14;--ink:#e8ecf2;"
    "--line:#2b3442;--paper:#12161d}"
    "@media (prefers-color-scheme:dark){:root.auto{--page:#0c0f14;--ink:#e8ecf2;--line:#2b3442;"
    "--paper:#12161d}}"
    f"body{{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 {_SANS}}}"
    "main{max-width:1280px;margin:0 auto;padding:24px 16px 48px}"
    "figure{margin:0;border:1px solid var(--line);border-radius:10px;overflow:auto;"
    "background:var(--paper)}figure svg{display:block;min-width:860px;width:100%}"
    "details{margin-top:24px}summary{cursor:pointer;font-weight:600}"
    "table{border-collapse:collapse;margin-top:12px;width:100%;font-size:14px}"
    "th,td{text-align:left;vertical-align:top;padding:6px 12px 6px 0;"
    "border-bottom:1px solid var(--line)}"
)
