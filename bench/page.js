// Put into the page before its own scripts: when an answer came, and when it was on the screen.
//
// "On the screen" is what the browser says itself: when the first line was painted
// (https://w3c.github.io/element-timing/).

const measured = { painted: [], answer: undefined, done: undefined };

// A browser that paints nothing must not be waited for.
const PATIENCE_MS = 10_000;

function settle() {
  if (measured.answer === undefined) return;
  const { startTime, responseStart, responseEnd } = measured.answer;
  // What the page showed before may be painted as the question is asked.
  const painted = measured.painted.find((time) => time > responseStart);
  if (painted === undefined) return;
  measured.done?.({ asked: startTime, first: responseStart, last: responseEnd, painted });
}

// Where nothing matches nothing is painted: then it is undefined.
function settleWithoutLines() {
  const list = document.getElementById("results");
  if (list.hasAttribute("aria-busy")) setTimeout(settleWithoutLines, 10);
  else if (!list.childElementCount) measured.done?.(undefined);
}

globalThis.nextFind = () => new Promise((done, fail) => {
  measured.painted = [];
  measured.answer = undefined;
  measured.done = done;
  setTimeout(() => fail(new Error("no line was painted")), PATIENCE_MS);
});

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    if (!new URL(entry.name).pathname.endsWith("/find")) continue;
    measured.answer ??= entry;
    settle();
    settleWithoutLines();
  }
}).observe({ type: "resource" });

new PerformanceObserver((list) => {
  for (const entry of list.getEntries()) {
    measured.painted.push(entry.renderTime || entry.startTime);
    settle();
  }
}).observe({ type: "element" });

addEventListener("DOMContentLoaded", () => {
  new MutationObserver((changes) => {
    const line = changes.flatMap((change) => [...change.addedNodes]).find((node) => node.localName === "li");
    line?.querySelector(".message").setAttribute("elementtiming", "line");
  }).observe(document.getElementById("results"), { childList: true });
});
