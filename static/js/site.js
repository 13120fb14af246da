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

// Agenda: mark the sessions that are on, once a minute.

function markCurrentSessions(agenda) {
  const sessions = [...agenda.querySelectorAll("[data-from]")].map((element) => ({
    element,
    from: Date.parse(element.dataset.from),
    until: Date.parse(element.dataset.until),
  }));

  function makeBadge() {
    const badge = document.createElement("strong");
    badge.className = "status status-on";
    badge.textContent = agenda.dataset.onLabel;
    return badge;
  }

  function update() {
    const now = Date.now();
    for (const { element, from, until } of sessions) {
      const isOn = from <= now && now < until;
      if (isOn === element.classList.contains("is-on")) continue;
      element.classList.toggle("is-on", isOn);
      if (isOn) element.querySelector(".facts").append(" ", makeBadge());
      else element.querySelector(".status-on").remove();
    }
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
  if (registration) {
    registerLink.href = registration.getAttribute("href");
    registerLink.textContent = registration.textContent;
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
