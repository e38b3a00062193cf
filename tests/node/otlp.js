// A program that exports a log record in JSON, the encoding of this exporter, to its first argument.

const { OTLPLogExporter } = require("@opentelemetry/exporter-logs-otlp-http");
const { resourceFromAttributes } = require("@opentelemetry/resources");
const { LoggerProvider, BatchLogRecordProcessor } = require("@opentelemetry/sdk-logs");

const exporter = new OTLPLogExporter({ url: process.argv[2] });
const provider = new LoggerProvider({
  resource: resourceFromAttributes({ "service.name": "mail" }),
  processors: [new BatchLogRecordProcessor({ exporter })],
});

provider.getLogger("smtp", "3.1").emit({
  severityNumber: 13,
  severityText: "WARN",
  timestamp: [1795937044, 123456789],
  body: { text: "mailbox full", tries: 3, last: 0.5 },
  attributes: { "user.id": 7, tags: ["a", "b"], bytes: new Uint8Array([1, 2]) },
});
provider.shutdown();
