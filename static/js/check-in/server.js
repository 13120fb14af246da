// Requests to the server. Every failure is one of three errors, so that callers know what to do.
import { config } from "./config.js";

// No answer: no network, a timeout, or a server that is not available.
export class OfflineError extends Error {}

// The server knows neither the user nor the device. isErased: the device must erase its data.
export class SignedOutError extends Error {
  constructor(isErased) {
    super("signed out");
    this.isErased = isErased;
  }
}

// The server refuses the request and says why.
export class RefusedError extends Error {}

const tokenElement = document.querySelector('meta[name="csrf-token"]');

async function send(url, { timeout = 15_000, headers = {}, ...options } = {}) {
  const controller = new AbortController();
  const timer = setTimeout(() => controller.abort(), timeout);
  try {
    return await fetch(url, {
      cache: "no-store",
      credentials: "same-origin",
      redirect: "manual",
      signal: controller.signal,
      ...options,
      headers: { Accept: "application/json", "X-CSRFToken": tokenElement.content, ...headers },
    });
  } catch {
    throw new OfflineError("no answer");
  } finally {
    clearTimeout(timer);
  }
}

async function parse(response) {
  if (response.status >= 500 || response.status === 429) throw new OfflineError("not available");
  if (response.type === "opaqueredirect") throw new SignedOutError(false);
  const answer = await response.json().catch(() => ({}));
  if (response.status === 401) throw new SignedOutError(Boolean(answer.erase));
  if (!response.ok) throw new RefusedError(answer.error ?? config.texts.refused);
  return answer;
}

// The token of a page from the cache, or from before a new sign-in, may have been replaced.
async function renewToken() {
  const response = await send(location.href, { headers: { Accept: "text/html" } });
  if (!response.ok) return false;
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  const token = page.querySelector('meta[name="csrf-token"]')?.content;
  if (!token || token === tokenElement.content) return false;
  tokenElement.content = token;
  return true;
}

async function post(url, body, { headers, timeout } = {}) {
  const options = { method: "POST", body, headers, timeout };
  const response = await send(url, options);
  if (response.status === 403 && (await renewToken())) return parse(await send(url, options));
  return parse(response);
}

export function postForm(url, fields, options) {
  const body = new FormData();
  for (const [name, value] of Object.entries(fields)) if (value != null && value !== "") body.set(name, value);
  return post(url, body, options);
}

export const postJSON = (url, data) =>
  post(url, JSON.stringify(data), { headers: { "Content-Type": "application/json" } });

// Returns { data, etag }, or null if the server has nothing newer than etag.
export async function getIfChanged(url, etag) {
  const response = await send(url, { timeout: 60_000, headers: etag ? { "If-None-Match": etag } : {} });
  if (response.status === 304) return null;
  return { data: await parse(response), etag: response.headers.get("ETag") ?? "" };
}
