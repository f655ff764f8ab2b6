// The API, and nothing else. The key is kept in this variable: a reload forgets it, and it is never in an address.

let key = "";
export const setKey = (given) => { key = given.trim(); };
export const hasKey = () => key !== "";

export class Problem extends Error {
  constructor(status, detail, request) {
    super(detail);
    this.status = status;
    this.request = request;
  }
}

// What stands behind /v1/ in a link, whether it names a host or not, so that the prefix of a proxy does no harm.
export const below = (link) => link.slice(link.indexOf("/v1/") + 4);

export const query = (values) => {
  const kept = Object.entries(values).filter(([, value]) => value !== undefined && value !== null && value !== "");
  return new URLSearchParams(kept).toString();
};

// A key holds no other letters; one that did would make fetch fail with words that help nobody.
const sendable = () => /^[\x21-\x7e]+$/.test(key);

export const ask = async (path, signal) => {
  const headers = { Accept: "application/json" };
  if (key && !sendable()) throw new Problem(401, "That is no key: keys begin with ro_.", "");
  if (key) headers.Authorization = `Bearer ${key}`;
  let answer;
  try {
    answer = await fetch(`v1/${path}`, { headers, signal, credentials: "omit" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Problem(0, "The service cannot be reached. Is the network there?", "");
  }
  const body = await answer.json().catch(() => ({}));
  if (answer.ok) return body;
  throw new Problem(answer.status, body.detail ?? `The service answered ${answer.status}.`, body.instance ?? "");
};
