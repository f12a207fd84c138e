// An application that sends one trace to whatever OTEL_EXPORTER_OTLP_ENDPOINT names.
import { trace } from '@opentelemetry/api';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK();
sdk.start();
trace.getTracer('example').startActiveSpan('checkout', (span) => {
  span.setAttribute('cart.items', 3);
  console.log(`trace ${span.spanContext().traceId}`);
  span.end();
});
await sdk.shutdown();
