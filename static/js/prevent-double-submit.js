// Submits each form with data-submit-once only once: a second click is ignored until the response has arrived.
for (const form of document.querySelectorAll("form[data-submit-once]")) {
  form.addEventListener("submit", (event) => {
    if (form.dataset.submitOnce === "submitted") event.preventDefault();
    form.dataset.submitOnce = "submitted";
  });
  // The form can be submitted again when the user returns to the page.
  addEventListener("pageshow", () => { form.dataset.submitOnce = ""; });
}
