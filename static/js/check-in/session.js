// The end of the use of this device: sign-out, revocation, and the end of the day.
import { config, part, text } from "./config.js";
import { stop as stopCamera } from "./camera.js";
import { eraseBrowserData } from "./erasure.js";
import { eraseList, notify, state } from "./state.js";
import { eraseWhenOver, sendQueue, stopSync } from "./sync.js";

// Timers stop while a device sleeps, so the time is also checked when the page is shown again.
const CHECK_INTERVAL = 30_000;

const dialog = part("sign-out-dialog");

export async function startSession() {
  await eraseWhenOver();
  setInterval(eraseWhenOver, CHECK_INTERVAL);
  document.addEventListener("visibilitychange", eraseWhenOver);
  const form = part("sign-out");
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    signOut(form);
  });
  part("sign-out-confirm").addEventListener("click", () => eraseAndSubmit(form));
  part("sign-out-cancel").addEventListener("click", () => dialog.close());
}

// Erases everything that this page has stored in the browser.
async function eraseEverything() {
  stopSync();
  stopCamera();
  await eraseList();
  state.queueLength = 0;
  await eraseBrowserData();
}

async function signOut(form) {
  const remaining = state.queueLength ? await sendQueue() : 0;
  if (!remaining) return eraseAndSubmit(form);
  part("sign-out-queue").textContent = text("queue_length", { number: remaining });
  dialog.showModal();
}

async function eraseAndSubmit(form) {
  dialog.close();
  await eraseEverything();
  if (navigator.onLine) return form.submit();
  showEnd(config.texts.sign_out_offline);
}

function showEnd(words) {
  part("signed-out-words").textContent = words;
  part("application").hidden = true;
  state.isSignedOut = true;
  notify();
}

// Shows that the server does not know the user or the device any more. The stored list stays in use until a new
// sign-in, unless it must be erased.
export async function endSession(isErased) {
  if (isErased) {
    await eraseEverything();
    return showEnd(config.texts.revoked);
  }
  part("signed-out-words").textContent = config.texts.signed_out;
  state.isSignedOut = true;
  notify();
}
