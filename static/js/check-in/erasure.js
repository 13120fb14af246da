// Erasure of everything that check-in has stored in the browser.
import { eraseStore } from "./store.js";

export async function eraseBrowserData() {
  await eraseStore();
  for (const name of (await globalThis.caches?.keys()) ?? []) if (name.startsWith("check-in")) await caches.delete(name);
  for (const registration of (await navigator.serviceWorker?.getRegistrations()) ?? []) await registration.unregister();
}
