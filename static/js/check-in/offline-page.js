// Makes the page work without a network and installable.
import { config, part } from "./config.js";

export function startOfflinePage() {
  if (!navigator.serviceWorker) return;
  navigator.serviceWorker.register(config.urls.service_worker, { scope: config.urls.page }).catch(() => undefined);
  // Asks the browser not to delete the queue when the disk is full.
  navigator.storage?.persist?.().catch(() => undefined);
  const button = part("install");
  addEventListener("beforeinstallprompt", (event) => {
    event.preventDefault();
    button.hidden = false;
    button.onclick = () => {
      button.hidden = true;
      event.prompt();
    };
  });
}
