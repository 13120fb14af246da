// Sound and vibration for each tone of an answer. The choice to mute is kept in this browser.
import { part } from "./config.js";

// [frequency in Hz, start in s, duration in s]
const SOUNDS = {
  good: [
    [660, 0, 0.12],
    [990, 0.12, 0.2],
  ],
  warning: [
    [520, 0, 0.14],
    [520, 0.2, 0.14],
  ],
  bad: [
    [220, 0, 0.25],
    [165, 0.25, 0.4],
  ],
};
const VIBRATIONS = { good: [80], warning: [120, 80, 120], bad: [400] };
const MUTE_KEY = "check-in-muted";

const button = part("mute");
let context;

const isMuted = () => button.getAttribute("aria-pressed") === "true";

// Browsers allow sound only after the user has used the page.
function prepareSound() {
  context ??= new AudioContext();
  if (context.state === "suspended") context.resume();
}

export function startFeedback() {
  button.setAttribute("aria-pressed", String(localStorage.getItem(MUTE_KEY) === "yes"));
  button.addEventListener("click", () => {
    button.setAttribute("aria-pressed", String(!isMuted()));
    localStorage.setItem(MUTE_KEY, isMuted() ? "yes" : "no");
  });
  if (!globalThis.AudioContext) return;
  for (const type of ["pointerdown", "keydown"]) addEventListener(type, prepareSound);
}

export function giveFeedback(tone) {
  navigator.vibrate?.(VIBRATIONS[tone]);
  if (isMuted() || context?.state !== "running") return;
  for (const [frequency, start, duration] of SOUNDS[tone]) playTone(frequency, context.currentTime + start, duration);
}

function playTone(frequency, start, duration) {
  const oscillator = context.createOscillator();
  const volume = context.createGain();
  oscillator.type = "triangle";
  oscillator.frequency.value = frequency;
  volume.gain.setValueAtTime(0.0001, start);
  volume.gain.exponentialRampToValueAtTime(0.5, start + 0.01);
  volume.gain.exponentialRampToValueAtTime(0.0001, start + duration);
  oscillator.connect(volume).connect(context.destination);
  oscillator.start(start);
  oscillator.stop(start + duration);
}
