// The words that the query line looks for, marked where they are shown.
// https://developer.mozilla.org/en-US/docs/Web/API/CSS_Custom_Highlight_API

const WORD = String.raw`[\p{L}\p{M}\p{N}_]`;
const RANGES_MAX = 5000;

// A browser that cannot mark shows the same without.
const marked = typeof Highlight === "undefined" ? undefined : new Highlight();
if (marked) CSS.highlights.set("found", marked);

let pattern;

// From now on those texts are marked that a query with that tree looks for, and no others.
export function lookFor(tree) {
  const texts = [...wanted(tree)];
  pattern = texts.length ? new RegExp(texts.join("|"), "giu") : undefined;
  marked?.clear();
}

// Marks them in an element.
export function mark(element) {
  if (!pattern || !marked) return;
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    for (const found of walker.currentNode.data.matchAll(pattern)) {
      if (!found[0] || marked.size >= RANGES_MAX) return;
      const range = new StaticRange({
        startContainer: walker.currentNode,
        startOffset: found.index,
        endContainer: walker.currentNode,
        endOffset: found.index + found[0].length,
      });
      marked.add(range);
    }
  }
}

// What a tree looks for in texts, as patterns; not what it excludes.
function* wanted(tree) {
  switch (tree.get("type")) {
    case "all":
    case "any":
      for (const term of tree.get("terms")) yield* wanted(term);
      break;
    case "words":
      yield `(?<!${WORD})${tree.get("words").map(escaped).join(`(?:(?!${WORD}).)+`)}(?!${WORD})`;
      break;
    case "part":
    case "text":
      if (tree.get("text")) yield escaped(tree.get("text"));
  }
}

const escaped = (text) => text.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
