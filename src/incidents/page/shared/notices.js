// What the operator must know, said on the page.

import { Failed, retention } from "./api.js";
import { at } from "./dom.js";
import { noteIgnored } from "../rejected/ignored.js";

// Says so where the server does not believe its clock: then nothing is deleted. And what it ignored.
export async function warn() {
  try {
    const { state, reason, until } = await retention();
    at("clock").hidden = state !== "stopped" && state !== "waiting";
    const end = until ? `until ${new Date(until).toLocaleString()}` : "until somebody confirms that the clock is right";
    at("clock").textContent = `Nothing is deleted ${end}: ${reason}. On the server: incidents retention confirm`;
    await noteIgnored();
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
  }
}
