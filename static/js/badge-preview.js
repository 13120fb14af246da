// Refresh the preview of a badge layout while its form is edited. Without this script the button opens the preview.

const DELAY_MS = 400;

function startPreview(panel) {
  const form = panel.closest("form");
  const content = panel.querySelector("[data-badge-preview-content]");
  let timer;
  let request;

  async function refresh() {
    request?.abort();
    request = new AbortController();
    const data = new FormData(form);
    // Files stay here: the preview shows a grey box for a logo that is not saved.
    for (const [name, value] of [...data]) if (value instanceof File) data.delete(name);
    content.setAttribute("aria-busy", "true");
    try {
      const response = await fetch(panel.dataset.badgePreview, {
        method: "POST",
        body: data,
        headers: { Accept: "application/json" },
        signal: request.signal,
      });
      if (!response.ok) return;
      const page = new DOMParser().parseFromString(await response.text(), "text/html");
      content.replaceChildren(...page.body.childNodes);
    } catch (error) {
      // A newer refresh, or no network: the last preview stays.
      if (error.name !== "AbortError" && !(error instanceof TypeError)) throw error;
    } finally {
      content.removeAttribute("aria-busy");
    }
  }

  function schedule() {
    clearTimeout(timer);
    timer = setTimeout(refresh, DELAY_MS);
  }

  form.addEventListener("input", schedule);
  form.addEventListener("change", schedule);
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-badge-preview]").forEach(startPreview);
});
