// What was scanned or typed: the code of a ticket, its printed number, or words to search for.

const CODE = /^[\w-]{22}\.[\w-]{43}$/;
const NUMBER = /^[0-9a-f]{8}$/i;
const URL_PATTERN = /^https?:\/\//i;
const TICKET_URL = /^https?:\/\/[^/]+\/(?:.*\/)?ticket\/([^/?#]+)\/?$/i;

// Returns { kind, value }; kind is "code", "number", "unknown" or "words". A code may be in a URL of any host, because
// printed codes stay valid when the site moves; isOtherHost says so.
export function parseInput(input, ticketUrlPrefix) {
  const compact = input.normalize("NFKC").replace(/\s+/g, "").replace(/\p{Pd}/gu, "-");
  const code = compact.match(TICKET_URL)?.[1] ?? compact;
  const isOtherHost = URL_PATTERN.test(compact) && !compact.startsWith(ticketUrlPrefix);
  if (CODE.test(code)) return { kind: "code", value: code, isOtherHost };
  if (URL_PATTERN.test(compact)) return { kind: "unknown", value: compact, isOtherHost };
  const digits = compact.replace(/[-.]/g, "");
  if (NUMBER.test(digits)) return { kind: "number", value: digits.toLowerCase() };
  return { kind: "words", value: input.trim() };
}

// The first 16 characters of base64url(SHA-256(code)), under which the list holds a ticket.
export async function hashCode(code) {
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(code)));
  const base64 = btoa(String.fromCharCode(...digest));
  return base64.replaceAll("+", "-").replaceAll("/", "_").slice(0, 16);
}
