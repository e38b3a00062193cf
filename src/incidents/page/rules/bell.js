// A bell for an open tab: it says what begins to fire. Off until somebody turns it on, in this browser.

import { at } from "../shared/dom.js";
import { keyOf } from "./news.js";

const REMEMBERED = "incidents: bell";
const SHOWN_MAX = 3;
const BEEP_SECONDS = 0.5;
const BEEP_HERTZ = 740;

export class Bell {
  // `open(rule)` shows a rule; `turned()` is called when it is turned on or off.
  constructor({ open, turned }) {
    Object.assign(this, { open, turned });
    this.isOn = remembered();
    at("bell").addEventListener("click", () => this.turn(!this.isOn));
    addEventListener("pointerdown", () => this.isOn && this.prepare());
    this.show();
  }

  // No permission is asked for before a click.
  async turn(isOn) {
    this.isOn = isOn;
    remember(isOn);
    if (isOn) {
      this.prepare();
      if (canNotify() && Notification.permission === "default") await Notification.requestPermission();
    }
    this.show();
    this.turned();
  }

  // A browser lets a page sound only after a click in it.
  prepare() {
    this.sound ??= new AudioContext();
  }

  show() {
    at("bell").setAttribute("aria-checked", String(this.isOn));
    at("bell-how").textContent = this.isOn ? how() : "";
  }

  // Says that these begin to fire, as the browser allows.
  ring(news) {
    if (!this.isOn || !news.length) return;
    if (mayNotify()) this.notify(news);
    else this.beep();
  }

  notify(news) {
    for (const state of news.slice(0, SHOWN_MAX)) this.say(state.title, keyOf(state), state.rule);
    if (news.length > SHOWN_MAX) this.say(`and ${news.length - SHOWN_MAX} more`, "more", "");
  }

  // One of several tabs says it: the others' have the same tag.
  say(title, tag, rule) {
    const said = new Notification(title, { tag, icon: "page/icon.svg" });
    said.onclick = () => {
      focus();
      said.close();
      this.open(rule);
    };
  }

  beep() {
    if (this.sound?.state !== "running") return;
    const [tone, volume] = [this.sound.createOscillator(), this.sound.createGain()];
    const now = this.sound.currentTime;
    tone.frequency.value = BEEP_HERTZ;
    volume.gain.setValueAtTime(0.2, now);
    volume.gain.exponentialRampToValueAtTime(0.001, now + BEEP_SECONDS);
    tone.connect(volume).connect(this.sound.destination);
    tone.start();
    tone.stop(now + BEEP_SECONDS);
  }
}

// Only where the connection is safe.
const canNotify = () => "Notification" in window && isSecureContext;
const mayNotify = () => canNotify() && Notification.permission === "granted";

function how() {
  if (mayNotify()) return "The browser says what begins to fire while this page is open.";
  return "The browser allows no notifications here: a sound, and a mark in the title, say what begins to fire.";
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) === "on";
  } catch {
    return false; // a browser that keeps nothing
  }
}

function remember(isOn) {
  try {
    if (isOn) localStorage.setItem(REMEMBERED, "on");
    else localStorage.removeItem(REMEMBERED);
  } catch {
    // It holds until the page is left.
  }
}
