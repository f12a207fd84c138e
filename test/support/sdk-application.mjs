// An application that is instrumented with the OpenTelemetry SDK, and does COUNT orders: for each a trace of two spans,
// of which one fails, a log record and a count. All of it goes where OTEL_* says.
import { metrics, SpanStatusCode, trace } from '@opentelemetry/api';
import { logs } from '@opentelemetry/api-logs';
import { NodeSDK } from '@opentelemetry/sdk-node';

const sdk = new NodeSDK();
sdk.start();
const tracer = trace.getTracer('orders');
const logger = logs.getLogger('orders');
const orders = metrics.getMeter('orders').createCounter('orders');
for (let i = 0; i < Number(process.env.COUNT); i++)
  tracer.startActiveSpan('order', (order) => {
    tracer.startActiveSpan('pay', (pay) => {
      pay.setStatus({ code: SpanStatusCode.ERROR });
      logger.emit({ body: `order ${i}` });
      pay.end();
    });
    orders.add(1);
    order.end();
  });
await sdk.shutdown();
