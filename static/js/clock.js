// Offers the visitor's own time zone, where it is not the conference's.
const offer = document.querySelector(".own-clock");
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
const hours = (timeZone) => new Date().toLocaleString("en", { timeZone });

if (offer && zone && hours(zone) !== hours(offer.dataset.home)) {
  const link = offer.querySelector("a");
  const address = new URL(location.href);
  address.searchParams.set("tz", zone);
  link.href = address.pathname + address.search;
  link.rel = "nofollow";
  link.textContent = offer.dataset.offer.replace("{city}", zone.split("/").pop().replaceAll("_", " "));
  offer.hidden = false;
}
