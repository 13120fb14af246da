// Render the parts of a badge batch one after the other, and show the progress.

const RETRY_MS = 2000;

function wait(milliseconds) {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

async function renderAll(form) {
  const progress = form.querySelector("progress");
  const done = form.querySelector("[data-done]");
  const data = new FormData(form);
  for (let failures = 0; failures < 5; ) {
    try {
      const response = await fetch(form.action, {
        method: "POST",
        body: data,
        headers: { Accept: "application/json" },
      });
      if (!response.ok) throw new TypeError(response.statusText);
      const state = await response.json();
      if (state.is_over) {
        location.reload();
        return;
      }
      // Another process renders the batch if there is no progress.
      if (state.done <= progress.value) await wait(RETRY_MS);
      progress.value = state.done;
      done.textContent = state.done;
      failures = 0;
    } catch (error) {
      if (!(error instanceof TypeError || error instanceof SyntaxError)) throw error;
      failures += 1;
      await wait(RETRY_MS);
    }
  }
}

document.querySelectorAll("form[data-badge-batch]").forEach(renderAll);
