import { config } from '../lib/config.mjs';

/** The page of the prometheus exporter with 100,000 series of four attributes, in each format that there is. */
export const workload = {
  name: 'prometheus-scrape',
  paged: {
    series: 100_000,
    formats: [
      { name: 'text', accept: 'text/plain;version=0.0.4' },
      { name: 'OpenMetrics', accept: 'application/openmetrics-text;version=1.0.0' },
      {
        name: 'protobuf',
        accept: 'application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited',
      },
    ],
  },
  config: ({ pagePort, healthPort, ...ports }) => {
    const base = config({ ...ports, exporters: { prometheus: { endpoint: `127.0.0.1:${pagePort}` } } });
    base.extensions = { health_check: { endpoint: `127.0.0.1:${healthPort}` } };
    base.service.extensions = ['health_check'];
    base.service.pipelines = { metrics: { receivers: ['otlp'], exporters: ['prometheus'] } };
    return base;
  },
};
