// Reads QR codes with zxing-wasm, so that the page stays responsive. The first message has the URL of the WebAssembly
// file, each further one a picture; the answer is the text of its code, or undefined.
import { prepareZXingModule, readBarcodes } from "../vendor/zxing-wasm/reader/index.js";

const OPTIONS = { formats: ["QRCode"], maxNumberOfSymbols: 1, tryHarder: true };

addEventListener("message", async ({ data: { wasm, image } }) => {
  if (wasm) prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  else postMessage(await decode(image));
});

async function decode(image) {
  try {
    return (await readBarcodes(image, OPTIONS))[0]?.text;
  } catch {
    return undefined;
  }
}
