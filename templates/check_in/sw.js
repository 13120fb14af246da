// Service worker of the check-in page: the page and its files without a network. It stores no answer with personal data.
const PREFIX = "check-in {{ page|escapejs }} ";
const CACHE = PREFIX + "{{ version|escapejs }}";
const PAGE = "{{ page|escapejs }}";
const FILES = [{% for file in files %}
  "{{ file|escapejs }}",{% endfor %}
];
// Milliseconds after which the stored page is shown instead.
const PAGE_TIMEOUT = 3000;

self.addEventListener("install", (event) => event.waitUntil(install()));
self.addEventListener("activate", (event) => event.waitUntil(activate()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const url = new URL(request.url);
  if (request.method !== "GET" || url.origin !== location.origin) return;
  if (request.mode === "navigate") {
    if (url.pathname === PAGE) event.respondWith(loadPage(request));
  } else if (FILES.includes(url.pathname)) {
    event.respondWith(loadFile(request));
  }
});

async function install() {
  const cache = await caches.open(CACHE);
  await cache.addAll(FILES);
  const page = await fetch(PAGE, { credentials: "same-origin" });
  if (isPage(page)) await cache.put(PAGE, page);
  await self.skipWaiting();
}

async function activate() {
  for (const name of await caches.keys()) if (name.startsWith(PREFIX) && name !== CACHE) await caches.delete(name);
  await self.clients.claim();
}

// The sign-in page, to which other visitors are redirected, is not stored.
const isPage = (response) => response.status === 200 && !response.redirected && response.type === "basic";

// The site's page if it answers in time, or else the stored one.
async function loadPage(request) {
  const cache = await caches.open(CACHE);
  const stored = await cache.match(PAGE);
  const loading = fetch(request).then(async (response) => {
    if (isPage(response)) await cache.put(PAGE, response.clone());
    return response;
  });
  if (!stored) return loading;
  const timeout = new Promise((resolve) => setTimeout(resolve, PAGE_TIMEOUT, stored));
  return Promise.race([loading.then((response) => (response.status < 500 ? response : stored)), timeout]).catch(
    () => stored,
  );
}

async function loadFile(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) ?? fetch(request);
}
