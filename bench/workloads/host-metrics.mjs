/** Host metrics once a second on a host with 500 further processes, sent over OTLP/HTTP without compression. */
export const workload = {
  name: 'host-metrics',
  scraped: {
    processes: 500,
    warmSeconds: 10,
    seconds: 30,
    rows: [
      { name: 'all scrapers', scrapers: ['process'] },
      { name: 'without process', scrapers: [] },
    ],
  },
  config: ({ scrapers, sinkPort, metricsPort }) => ({
    receivers: {
      host_metrics: {
        collection_interval: '1s',
        scrapers: Object.fromEntries(
          [
            ...['cpu', 'load', 'memory', 'disk', 'filesystem', 'network', 'paging', 'processes', 'system', 'nfs'],
            ...scrapers,
          ].map((name) => [name, name === 'process' ? { mute_process_all_errors: true } : {}]),
        ),
      },
    },
    exporters: { otlp_http: { endpoint: `http://127.0.0.1:${sinkPort}`, compression: 'none' } },
    service: {
      telemetry: {
        metrics: { readers: [{ pull: { exporter: { prometheus: { host: '127.0.0.1', port: metricsPort } } } }] },
      },
      pipelines: { metrics: { receivers: ['host_metrics'], exporters: ['otlp_http'] } },
    },
  }),
};
