// The number of rules that fire, in the title and in the icon of the tab.

const NAME = "incidents";
const USUAL = "page/icon.svg";
const NUMBER_MAX = 9;

const icon = document.querySelector("link[rel=icon]");

// Says so many; none is said by the usual title and icon.
export function showNumber(count, { rings = false } = {}) {
  const title = count ? `(${count.toLocaleString()}) ${NAME}` : NAME;
  document.title = rings ? `🔔 ${title}` : title;
  const address = count ? drawn(count > NUMBER_MAX ? `${NUMBER_MAX}+` : String(count)) : USUAL;
  if (icon.getAttribute("href") !== address) icon.setAttribute("href", address);
}

function drawn(text) {
  const number = `<text x="16" y="24" text-anchor="middle" font-family="sans-serif" font-weight="700" font-size="${text.length > 1 ? 18 : 23}" fill="#fff">${text}</text>`;
  const image = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><circle cx="16" cy="16" r="16" fill="#c4161c"/>${number}</svg>`;
  return `data:image/svg+xml,${encodeURIComponent(image)}`;
}
