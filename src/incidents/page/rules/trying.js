// What one does with a button: it is done once, and what went wrong is said beside it.

import { Failed } from "../shared/api.js";

// Whether the work was done. `said` is where it is said why not; `locks(error)` asks for a key, if that
// is what the error is about.
export async function trying(work, { said, locks }) {
  said.textContent = "";
  try {
    await work();
    return true;
  } catch (error) {
    if (!(error instanceof Failed)) throw error;
    if (!locks(error)) said.textContent = error.message;
    return false;
  }
}

// The same by a button, that cannot be pressed meanwhile.
export function pressing(button, work, options) {
  button.addEventListener("click", async () => {
    button.disabled = true;
    await trying(work, options);
    button.disabled = false;
  });
  return button;
}
