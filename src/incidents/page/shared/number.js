// Numbers as people read them.

const whole = new Intl.NumberFormat(undefined, { style: "percent", maximumFractionDigits: 0 });

// A share of all: so small that it would be none is said.
export const percent = (share) => (share > 0 && share < 0.005 ? "<1%" : whole.format(share));

const short = new Intl.NumberFormat(undefined, { notation: "compact", maximumFractionDigits: 1 });

// A count in few characters: 1.2K.
export const compact = (count) => short.format(count);
