// The control API, and the stream that says when something has changed.

const BASE = "/_batchmock/v1/";
export const scope = { account: null, region: null };

async function send(method, path, query, body) {
  const search = new URLSearchParams(Object.entries(query).filter(([, value]) => value != null));
  const answer = await fetch(`${BASE}${path}${search.size ? `?${search}` : ""}`, {
    method, cache: "no-store", headers: body ? { "Content-Type": "application/json" } : {},
    body: body && JSON.stringify(body),
  });
  let members = null;
  try { members = await answer.json(); } catch { /* it is no JSON: told below */ }
  if (!answer.ok) {
    const error = new Error(members?.error?.message ?? members?.message ?? `The server answers with ${answer.status}.`);
    error.status = answer.status;
    throw error;
  }
  return members;
}

export const get = (path, query = {}) => send("GET", path, { account: scope.account, ...query });
export const inRegion = (path, query = {}) => get(path, { region: scope.region, ...query });
export const post = (path, body) => send("POST", path, { account: scope.account }, body);
export const pathOf = (id) => encodeURIComponent(id);

// Calls `changed` for each event. Where the server has no stream left, asks every two seconds instead.
export function follow(changed, connected) {
  let source = null, timer = null, ended = false;
  const open = () => {
    if (ended) return;
    source = new EventSource(`${BASE}changes${scope.account ? `?account=${scope.account}` : ""}`);
    source.onmessage = (event) => { connected(true); changed(JSON.parse(event.data)); };
    source.onerror = () => {
      connected(false);
      if (source.readyState !== EventSource.CLOSED) return;
      source.close();
      timer = setTimeout(poll, 2000, 5);
    };
  };
  const poll = async (left) => {
    try {
      const { now } = await get("clock");
      connected(true);
      changed({ now_ms: Date.parse(now), version: null });
    } catch { connected(false); }
    if (!ended) timer = setTimeout(left > 0 ? poll : open, 2000, left - 1);
  };
  open();
  return () => { ended = true; clearTimeout(timer); source?.close(); };
}
