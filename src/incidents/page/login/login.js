// The login: where keys are in use, a key lets this browser read until it logs out.

import { Failed, KeyNeeded, logIn, logOut } from "../shared/api.js";
import { at } from "../shared/dom.js";

// No script sees the cookie. What is remembered here only says whether to show "Log out".
const REMEMBERED = "incidents: logged in";

function remember(loggedIn) {
  at("log-out").hidden = !loggedIn;
  try {
    if (loggedIn) localStorage.setItem(REMEMBERED, "yes");
    else localStorage.removeItem(REMEMBERED);
  } catch {
    // A browser that keeps nothing: the button is there until the page is left.
  }
}

function remembered() {
  try {
    return localStorage.getItem(REMEMBERED) !== null;
  } catch {
    return false;
  }
}

let justNow = false;

// Shows the form in the place of everything else; `before()` comes first, unless it is there.
export function askForKey(before) {
  if (document.body.classList.contains("locked")) return;
  before();
  const said = justNow ? "The key is right, but this browser did not keep the cookie that stands for it." : "";
  justNow = false;
  remember(false);
  wrong(said);
  document.body.classList.add("locked");
  at("login").hidden = false;
  at("key").focus();
}

function wrong(text) {
  at("login-wrong").textContent = text;
  if (text) at("key").setAttribute("aria-invalid", "true");
  else at("key").removeAttribute("aria-invalid");
}

async function submit(goOn) {
  const key = at("key").value.trim();
  if (!key) {
    wrong("Enter a key.");
    return;
  }
  at("log-in").disabled = true;
  try {
    await logIn(key);
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    wrong(error instanceof KeyNeeded ? "This key is not known (any more)." : error.message);
    at("key").select();
    return;
  } finally {
    at("log-in").disabled = false;
  }
  at("key").value = "";
  at("login").hidden = true;
  document.body.classList.remove("locked");
  remember(true);
  justNow = true;
  setTimeout(() => {
    justNow = false;
  }, 5000);
  goOn();
}

async function leave() {
  try {
    await logOut();
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    at("log-out").textContent = "Not logged out: try again";
    return;
  }
  remember(false);
  // Nothing of what was read stays in this page.
  location.reload();
}

// From now on `goOn()` follows a login.
export function login(goOn) {
  at("log-out").hidden = !remembered();
  at("log-out").addEventListener("click", leave);
  addEventListener("storage", ({ key, newValue }) => {
    // Logged out in another tab: out of this one, too.
    if (key === REMEMBERED && newValue === null) location.reload();
  });
  at("login").addEventListener("submit", (event) => {
    event.preventDefault();
    submit(goOn);
  });
}
