// Lighthouse as on a telephone (its mobile preset), against the site at $SITE. Accessibility, best practices and SEO
// must be 100. Performance is the median of three runs and is meant to be 99 at least; since a machine that is busy
// with other things makes the simulated telephone slower too, it fails below $PERFORMANCE only (97). On its slow line the
// largest part of a page is meant to be there within 1200 ms and nothing to move; for the same reason it fails above $LCP
// milliseconds (1500, median) and above a shift of 0.01 only, and only where a second round of three says so too.
import { launch } from "chrome-launcher";
import lighthouse from "lighthouse";

const PAGES = ["/", "/programme/", "/sessions/opening/", "/speakers/", "/vi/", "/vi/programme/"];
const RUNS = 3;
const ROUNDS = 2;
const ATTEMPTS = 5;
const FLAGS = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-background-networking"];
const FLOORS = { performance: Number(process.env.PERFORMANCE ?? 97), accessibility: 100, "best-practices": 100, seo: 100 };
const SLOWEST = Number(process.env.LCP ?? 1500);

const median = (numbers) => numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)];

// What Lighthouse itself asks to have run again, is, and said.
async function measured(url, port, categories) {
  for (let number = 1; ; number++) {
    const lhr = await attempt(url, port, categories);
    if (!lhr.runtimeError) return lhr;
    if (number === ATTEMPTS) throw new Error(`${url}: ${lhr.runtimeError.message}`);
    console.log(`again ${url}: ${lhr.runtimeError.message}`);
  }
}

async function attempt(url, port, categories) {
  const { lhr } = await lighthouse(url, {
    port,
    onlyCategories: categories,
    logLevel: "error",
    extraHeaders: { "Accept-Language": url.includes("/vi/") ? "vi" : "en" },
  });
  return lhr;
}

const painted = (lhr) => Math.round(lhr.audits["largest-contentful-paint"].numericValue);
const shifted = (lhr) => lhr.audits["cumulative-layout-shift"].numericValue;

const scores = (lhr) => Object.fromEntries(Object.values(lhr.categories).map(({ id, score }) => [id, Math.round(score * 100)]));

function faults(lhr) {
  return Object.values(lhr.categories)
    .filter(({ id }) => id !== "performance")
    .flatMap(({ auditRefs }) => auditRefs.filter(({ weight }) => weight).map(({ id }) => lhr.audits[id]))
    .filter(({ score }) => score !== null && score < 1)
    .map(({ id, title }) => `    ${id}: ${title}`);
}

// What falls short on a page in three runs, by name; empty where nothing does.
async function fallsShort(path) {
  const first = await measured(process.env.SITE + path, chrome.port, Object.keys(FLOORS));
  const again = [];
  for (let run = 1; run < RUNS; run++) again.push(await measured(process.env.SITE + path, chrome.port, ["performance"]));
  const found = scores(first);
  const runs = [first, ...again];
  const performances = runs.map((lhr) => scores(lhr).performance);
  const paints = runs.map(painted);
  const shift = Math.max(...runs.map(shifted));
  found.performance = median(performances);
  const short = Object.keys(FLOORS).filter((category) => found[category] < FLOORS[category]);
  if (median(paints) > SLOWEST) short.push("largest contentful paint");
  if (shift > 0.01) short.push("layout shift");
  const told = Object.entries(found).map(([category, score]) => `${category} ${score}`).join(", ");
  const seen = `painted after ${paints.join(" ")} ms, shifted by ${shift}`;
  console.log(`${short.length ? `falls short (${short.join(", ")})` : "good"}  ${path}  ${told} (${performances.join(" ")}), ${seen}`);
  if (short.length) console.log(faults(first).join("\n"));
  return short;
}

const chrome = await launch({ chromePath: process.env.CHROME_PATH ?? "/usr/bin/chromium", chromeFlags: FLAGS });
let failed = 0;
try {
  for (const path of PAGES) {
    let short;
    for (let round = 1; round <= ROUNDS && short?.length !== 0; round++) short = await fallsShort(path);
    failed += short.length;
  }
} finally {
  chrome.kill();
}
process.exit(failed ? 1 : 0);
