// Scanning with the camera: ten pictures a second, of which the middle is read.
import { config, part } from "./config.js";
import { makeDecoder } from "./decoder.js";

const FRAME_INTERVAL = 100;
// The part of the shorter side that is read, and its length in pixels.
const CROP = 0.85;
const CROP_SIZE = 640;
// While a code stays in view it is not read again, nor within this time after it.
const REPEAT_AFTER = 3_000;
const CHOICE_KEY = "check-in-camera";

const view = part("camera");
const video = part("video");
const startButton = part("camera-start");
const stopButton = part("camera-stop");
const torchButton = part("torch");
const select = part("camera-choice");
const problem = part("camera-problem");
const canvas = document.createElement("canvas");
const context = canvas.getContext("2d", { willReadFrequently: true });

let stream;
let timer;
let decode;
let wakeLock;
let lastText;
let lastSeenAt = 0;
let onCode;

const PROBLEMS = { NotAllowedError: "camera_denied", NotFoundError: "camera_missing", NotReadableError: "camera_busy" };

export function startCameraControls(handleCode) {
  onCode = handleCode;
  if (!navigator.mediaDevices?.getUserMedia) {
    showProblem(globalThis.isSecureContext ? "camera_missing" : "camera_insecure");
    return;
  }
  startButton.hidden = false;
  startButton.addEventListener("click", async () => {
    localStorage.setItem(CHOICE_KEY, "on");
    await start();
    if (stream) stopButton.focus();
  });
  stopButton.addEventListener("click", () => {
    localStorage.setItem(CHOICE_KEY, "off");
    stop();
    startButton.focus();
  });
  select.addEventListener("change", () => restart(select.value));
  torchButton.addEventListener("click", toggleTorch);
  // Other applications need the camera, and the battery lasts longer.
  document.addEventListener("visibilitychange", () => {
    if (localStorage.getItem(CHOICE_KEY) !== "on") return;
    if (document.hidden) stop();
    else start(select.value);
  });
  if (localStorage.getItem(CHOICE_KEY) === "on") start();
}

function showProblem(name) {
  problem.textContent = name ? config.texts[name] : "";
  problem.hidden = !name;
}

async function restart(deviceId) {
  stop();
  await start(deviceId);
}

async function start(deviceId) {
  if (stream) return;
  showProblem("");
  const source = deviceId ? { deviceId: { exact: deviceId } } : { facingMode: "environment" };
  const size = { width: { ideal: 1280 }, height: { ideal: 720 } };
  try {
    stream = await navigator.mediaDevices.getUserMedia({ video: { ...source, ...size }, audio: false });
    video.srcObject = stream;
    decode ??= await makeDecoder();
    await video.play();
  } catch (error) {
    stop();
    showProblem(PROBLEMS[error.name] ?? "camera_failed");
    return;
  }
  showControls(true);
  await listCameras();
  const [track] = stream.getVideoTracks();
  track.addEventListener("ended", stop);
  torchButton.hidden = !track.getCapabilities?.().torch;
  torchButton.setAttribute("aria-pressed", "false");
  wakeLock = await navigator.wakeLock?.request("screen").catch(() => undefined);
  scanNext();
}

export function stop() {
  clearTimeout(timer);
  stream?.getTracks().forEach((track) => track.stop());
  wakeLock?.release();
  stream = wakeLock = video.srcObject = null;
  showControls(false);
}

function showControls(isOn) {
  view.hidden = stopButton.hidden = !isOn;
  startButton.hidden = isOn;
  if (!isOn) select.parentElement.hidden = torchButton.hidden = true;
}

async function listCameras() {
  const cameras = (await navigator.mediaDevices.enumerateDevices()).filter(({ kind }) => kind === "videoinput");
  const current = stream.getVideoTracks()[0].getSettings().deviceId;
  select.replaceChildren(...cameras.map(({ label, deviceId }) => new Option(label, deviceId, false, deviceId === current)));
  select.parentElement.hidden = cameras.length < 2;
}

async function toggleTorch() {
  const isOn = torchButton.getAttribute("aria-pressed") !== "true";
  await stream.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: isOn }] });
  torchButton.setAttribute("aria-pressed", String(isOn));
}

// Pictures are read one after the other: a slow device reads fewer.
async function scanNext() {
  const startedAt = performance.now();
  const current = stream;
  const content = video.videoWidth ? await decode(captureFrame()) : undefined;
  if (!stream || stream !== current) return;
  if (content) handleText(content);
  timer = setTimeout(scanNext, Math.max(20, FRAME_INTERVAL - (performance.now() - startedAt)));
}

function captureFrame() {
  const side = Math.min(video.videoWidth, video.videoHeight) * CROP;
  canvas.width = canvas.height = Math.min(CROP_SIZE, side);
  const [x, y] = [(video.videoWidth - side) / 2, (video.videoHeight - side) / 2];
  context.drawImage(video, x, y, side, side, 0, 0, canvas.width, canvas.height);
  return context.getImageData(0, 0, canvas.width, canvas.height);
}

function handleText(content) {
  const now = performance.now();
  const isRepeated = content === lastText && now - lastSeenAt < REPEAT_AFTER;
  lastText = content;
  lastSeenAt = now;
  if (!isRepeated) onCode(content);
}
