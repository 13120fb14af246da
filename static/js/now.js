// Says which sessions are on, once a minute.
const words = document.querySelector("[data-on]").dataset.on;
const sessions = [...document.querySelectorAll("[data-from]")].map((session) => {
  const sign = document.createElement("strong");
  sign.className = "status status-on";
  sign.textContent = words;
  return { session, sign, from: Date.parse(session.dataset.from), until: Date.parse(session.dataset.until) };
});

function mark() {
  const now = Date.now();
  for (const { session, sign, from, until } of sessions) {
    const on = from <= now && now < until;
    session.classList.toggle("is-on", on);
    if (on) session.querySelector(".facts").append(" ", sign);
    else sign.remove();
  }
}

mark();
setInterval(mark, 60_000);
