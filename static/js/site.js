// Additions to public pages that work without scripts. Each function needs an element of the page and does nothing
// where the page has none.
"use strict";

const forEachElement = (selector, action) => document.querySelectorAll(selector).forEach((element) => action(element));

// Runs work after the page has loaded, when the browser is idle. Safari has no requestIdleCallback.
const whenIdle = (work) => addEventListener("load", () => (window.requestIdleCallback ?? setTimeout)(work));

// Time zone: offer the visitor's own, if its UTC offset differs from the conference's when the conference opens.

function offerTimeZone(offer) {
  const { opens } = offer.dataset;
  const localPart = opens.slice(0, "2020-12-07T08:00".length);
  if (Date.parse(opens) === Date.parse(localPart)) return;
  // Temporal is faster: Intl loads its locale data first.
  const zone = globalThis.Temporal?.Now.timeZoneId() ?? Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone) return;
  const url = new URL(location.href);
  url.searchParams.set("tz", zone);
  const city = zone.split("/").pop().replaceAll("_", " ");
  const link = offer.querySelector("a");
  link.href = url.pathname + url.search;
  link.rel = "nofollow";
  link.textContent = offer.dataset.offer.replace("{city}", city);
  offer.hidden = false;
}

forEachElement(".visitor-time-zone", (offer) => whenIdle(() => offerTimeZone(offer)));

// Sessions: mark those that are on, once a minute, and hide those of the list "On now" that have ended.

function markCurrentSessions(page) {
  const sessions = [...page.querySelectorAll("[data-from]")];
  const listed = [...page.querySelectorAll(".on-now [data-until]")];

  function makeBadge() {
    const badge = document.createElement("strong");
    badge.className = "status status-on";
    badge.textContent = page.dataset.onLabel;
    return badge;
  }

  function update() {
    const now = Date.now();
    for (const session of sessions) {
      const isOn = Date.parse(session.dataset.from) <= now && now < Date.parse(session.dataset.until);
      if (isOn === session.classList.contains("is-on")) continue;
      session.classList.toggle("is-on", isOn);
      if (isOn) session.querySelector(".facts").append(" ", makeBadge());
      else session.querySelector(".status-on").remove();
    }
    for (const item of listed) item.hidden = Date.parse(item.dataset.until) <= now;
    if (listed.length) listed[0].closest(".on-now").hidden = listed.every((item) => item.hidden);
  }

  update();
  setInterval(update, 60_000);
}

forEachElement("[data-on-label]", markCurrentSessions);

// User links: the page is the same for everyone, so the links of a signed-in user are loaded into it.

async function loadUserLinks(registerLink) {
  const url = `${registerLink.dataset.userLinks}?at=${encodeURIComponent(location.pathname)}`;
  const response = await fetch(url);
  if (response.status !== 200) return;
  const userLinks = new DOMParser().parseFromString(await response.text(), "text/html");
  const registration = userLinks.querySelector(".registration-link");
  const staffBar = userLinks.querySelector(".staff-bar");
  for (const link of registration ? [registerLink, ...document.querySelectorAll("[data-registration-link]")] : []) {
    link.href = registration.getAttribute("href");
    link.textContent = registration.textContent;
  }
  if (staffBar) document.body.append(staffBar);
}

const isSignedIn = () => /(^|; )signed_in=1(;|$)/.test(document.cookie);

forEachElement("[data-user-links]", (registerLink) =>
  // If the request fails, the page does not change.
  whenIdle(() => isSignedIn() && loadUserLinks(registerLink).catch(() => {})),
);

// Prefetch: let the browser load a published page when the pointer rests on its link, unless the connection is slow.

function addSpeculationRules({ languages, paths, reserved }) {
  const { saveData, effectiveType } = navigator.connection ?? {};
  if (saveData || /2g/.test(effectiveType)) return;
  const prefix = `{/(${languages.join("|")})}?`;
  const rule = {
    source: "document",
    eagerness: "moderate",
    where: {
      and: [
        { href_matches: paths.map((path) => `${prefix}${path}\\?{tz=([^&]+)}?`) },
        { not: { href_matches: `${prefix}/(${[...languages, ...reserved].join("|")})/\\?*` } },
        { not: { selector_matches: "[href^='#'], [download], [target], [rel~=nofollow], [aria-current=page]" } },
      ],
    },
  };
  const script = document.createElement("script");
  script.type = "speculationrules";
  script.textContent = JSON.stringify({ prefetch: [rule] });
  document.head.append(script);
}

forEachElement("script[data-prefetch]", (script) =>
  whenIdle(() => addSpeculationRules(JSON.parse(script.dataset.prefetch))),
);
