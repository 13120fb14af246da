// The page of a device whose days are over: sends what it has recorded, and then erases everything.
import { eraseBrowserData } from "./erasure.js";
import { isSupported, loadQueue } from "./store.js";
import { formatCheckIn } from "./uploads.js";

const RETRY_INTERVAL = 30_000;
const BATCH = 50;

const { upload } = document.getElementById("check-in-refused").dataset;
const token = document.querySelector('meta[name="csrf-token"]').content;

async function send() {
  const entries = isSupported() ? await loadQueue() : [];
  const checkIns = entries.filter(({ kind, undone }) => kind === "check-in" && !undone).map(formatCheckIn);
  if (await areReceived(checkIns)) await eraseBrowserData();
  else setTimeout(send, RETRY_INTERVAL);
}

// Sends batches, as the server limits their size. Those that were sent before change nothing.
async function areReceived(checkIns) {
  const headers = { Accept: "application/json", "Content-Type": "application/json", "X-CSRFToken": token };
  for (let start = 0; start < checkIns.length; start += BATCH) {
    const body = JSON.stringify({ since: "", check_ins: checkIns.slice(start, start + BATCH) });
    const response = await fetch(upload, { method: "POST", headers, body }).catch(() => ({ ok: false }));
    if (!response.ok) return false;
  }
  return true;
}

send();
