// Reads QR codes from pictures: with the browser's own detector, or else with WebAssembly in a worker.
import { config } from "./config.js";

// Returns a function from ImageData to the text of a code, or undefined.
export async function makeDecoder() {
  return (await makeNativeDecoder()) ?? makeWorkerDecoder();
}

async function makeNativeDecoder() {
  const formats = (await globalThis.BarcodeDetector?.getSupportedFormats().catch(() => [])) ?? [];
  if (!formats.includes("qr_code")) return undefined;
  const detector = new BarcodeDetector({ formats: ["qr_code"] });
  return async (image) => (await detector.detect(image).catch(() => []))[0]?.rawValue;
}

function makeWorkerDecoder() {
  const worker = new Worker(config.urls.decoder, { type: "module" });
  let resolveText;
  worker.addEventListener("message", ({ data }) => resolveText?.(data));
  // A picture that cannot be read is skipped.
  worker.addEventListener("error", () => resolveText?.(undefined));
  worker.postMessage({ wasm: config.urls.wasm });
  return (image) =>
    new Promise((resolve) => {
      resolveText = resolve;
      worker.postMessage({ image }, [image.data.buffer]);
    });
}
