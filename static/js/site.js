// What scripts add to a page that works without them. Each part does nothing where its place is not on the page.
"use strict";

const place = (selector, begin) => document.querySelectorAll(selector).forEach((element) => begin(element));

// What can wait until the page is there and nothing else is to be done; not every browser tells when that is.
const later = (work) => addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(work));

// Offers the visitor's own time zone, where clocks show something else there when the conference opens (an instant as
// 2020-12-07T08:00+07:00). Its line is there, so that nothing moves.
place(".visitor-time-zone", (offer) => later(() => {
  const { opens } = offer.dataset;
  if (Date.parse(opens) === Date.parse(opens.slice(0, "2020-12-07T08:00".length))) return;
  // Intl reads in everything about languages and calendars before it tells as much.
  const zone = globalThis.Temporal?.Now.timeZoneId() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const link = offer.querySelector("a");
  const address = new URL(location.href);
  address.searchParams.set("tz", zone);
  link.href = address.pathname + address.search;
  link.rel = "nofollow";
  link.textContent = offer.dataset.offer.replace("{city}", zone.split("/").pop().replaceAll("_", " "));
  offer.hidden = false;
}));

// Says which sessions are on, once a minute.
place("[data-on]", (agenda) => {
  const sessions = [...document.querySelectorAll("[data-from]")].map((session) => ({
    session,
    from: Date.parse(session.dataset.from),
    until: Date.parse(session.dataset.until),
  }));

  function sign() {
    const made = document.createElement("strong");
    made.className = "status status-on";
    made.textContent = agenda.dataset.on;
    return made;
  }

  function mark() {
    const now = Date.now();
    for (const { session, from, until } of sessions) {
      const on = from <= now && now < until;
      if (on === session.classList.contains("is-on")) continue;
      session.classList.toggle("is-on", on);
      if (on) session.querySelector(".facts").append(" ", sign());
      else session.querySelector(".status-on").remove();
    }
  }

  mark();
  setInterval(mark, 60_000);
});

// Brings links of their own for whoever is signed in: the page is the same for everybody.
place("[data-yours]", (register) => {
  async function bring() {
    const answer = await fetch(`${register.dataset.yours}?at=${encodeURIComponent(location.pathname)}`);
    if (answer.status !== 200) return;
    const found = new DOMParser().parseFromString(await answer.text(), "text/html");
    const registration = found.querySelector(".registration-link");
    const desk = found.querySelector(".staff-bar");
    if (registration) {
      register.href = registration.getAttribute("href");
      register.textContent = registration.textContent;
    }
    if (desk) document.body.append(desk);
  }

  // Who is not reached has the page as it is.
  later(() => /(^|; )signed_in=1(;|$)/.test(document.cookie) && bring().catch(() => {}));
});

// Which links a browser that knows how may follow as soon as its visitor points at one: pages that are the same for
// everybody. Told to nobody whose line is thin.
const AHEAD = {
  source: "document",
  eagerness: "moderate",
  where: {
    and: [
      {
        href_matches: [
          "{/vi}?/programme/\\?{tz=([^&]+)}?",
          "{/vi}?/programme/(\\d+-\\d+-\\d+)/\\?{tz=([^&]+)}?",
          "{/vi}?/programme/changes/\\?{tz=([^&]+)}?",
          "{/vi}?/programme/changes/(\\d+)/\\?{tz=([^&]+)}?",
          "{/vi}?/(sessions|speakers)/:slug/\\?{tz=([^&]+)}?",
          "{/vi}?/:slug/\\?{tz=([^&]+)}?",
        ],
      },
      { not: { href_matches: "{/vi}?/(vi|admin|accounts|register|my|yours|letters)/\\?*" } },
      { not: { selector_matches: "[href^='#'], [download], [target], [rel~=nofollow], [aria-current=page]" } },
    ],
  },
};

later(() => {
  const line = navigator.connection;
  const isThin = line?.saveData || /2g/.test(line?.effectiveType);
  if (isThin) return;
  const rules = document.createElement("script");
  rules.type = "speculationrules";
  rules.textContent = JSON.stringify({ prefetch: [AHEAD] });
  document.head.append(rules);
});
