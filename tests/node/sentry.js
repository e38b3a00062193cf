// A program that reports to Sentry; its DSN is the first argument.

const Sentry = require("@sentry/node");

// What is no event: sent once each, unless the server has said to stop.
async function sendOthers() {
  Sentry.startSpan({ name: "job" }, () => {});
  Sentry.startSession();
  Sentry.captureSession();
  Sentry.endSession();
  await Sentry.flush(60000);
}

async function main() {
  Sentry.init({ dsn: process.argv[2], release: "shop@1.2.3", tracesSampleRate: 1 });
  Sentry.setTag("region", "eu");
  Sentry.captureMessage("disk almost full", "warning");
  try {
    undefined.name;
  } catch (error) {
    Sentry.captureException(error);
  }
  await Sentry.flush(60000);
  await sendOthers();
  await sendOthers();
  setImmediate(() => {
    throw new RangeError("nobody handles this");
  });
}

main();
