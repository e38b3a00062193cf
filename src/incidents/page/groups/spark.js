// A line that shows how many came when, as small as a word.

import { shape } from "../shared/dom.js";

const HEIGHT = 20;

// The counts as small bars.
export function spark(counts) {
  const most = Math.max(1, ...counts);
  const bars = counts.map((count, n) => {
    const height = count && Math.max(1.5, (count / most) * HEIGHT);
    return shape("rect", { x: n + 0.1, y: HEIGHT - height, width: 0.8, height });
  });
  return shape("svg", { class: "spark", viewBox: `0 0 ${Math.max(1, counts.length)} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" }, ...bars);
}
