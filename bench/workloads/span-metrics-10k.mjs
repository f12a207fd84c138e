import { config, grpcTo } from '../lib/config.mjs';

/**
 * Metrics of 50,000 spans of 750 bytes a second, by four dimensions beside the built-in ones: 200 series, then 10,000.
 * A span counts in the two metrics of one series; all are flushed every ten seconds.
 */
export const workload = {
  name: 'span-metrics',
  counted: { rate: 50_000, series: [10_000], warmSeconds: 20, seconds: 20 },
  config: ({ encoding, sinks, ...ports }) => {
    const base = config({ ...ports, exporters: { otlp_grpc: grpcTo(sinks[0].grpc, encoding) } });
    const names = ['http.request.method', 'http.route', 'http.response.status_code', 'server.address'];
    base.connectors = {
      span_metrics: { dimensions: names.map((name) => ({ name })), metrics_flush_interval: '10s' },
    };
    base.service.pipelines = {
      traces: { receivers: ['otlp'], exporters: ['span_metrics'] },
      metrics: { receivers: ['span_metrics'], exporters: ['otlp_grpc'] },
    };
    return base;
  },
};
