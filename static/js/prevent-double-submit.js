// A form marked data-once is sent once: a second click on its button does nothing while the answer is on its way.
for (const form of document.querySelectorAll("form[data-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.once === "sent") event.preventDefault();
    form.dataset.once = "sent";
  });
  // Who comes back to the page may send it again.
  addEventListener("pageshow", () => { form.dataset.once = ""; });
}
