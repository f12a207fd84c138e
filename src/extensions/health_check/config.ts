import { duration, flag, group, int, section, text, type Schema } from '../../component/schema/schema.js';
import { httpServerShape, type HttpServerConfig } from '../../net/options/http-server.js';

/** Options of the extension (docs/spec/core.md#health-check). */
export interface Config extends HttpServerConfig {
  readonly use_v2: boolean;
  readonly path: string;
  readonly response_body: { readonly healthy: string; readonly unhealthy: string } | undefined;
  readonly check_collector_pipeline: { readonly enabled: boolean; readonly interval: number; readonly exporter_failure_threshold: number };
}

export const config: Schema<Config> = group<Config>(
  {
    ...httpServerShape('localhost:13133'),
    use_v2: flag(false, { about: 'Not supported: only false.' }),
    path: text('/', { about: 'Where it answers; `/` answers everywhere, a path that ends in `/` everywhere below it.' }, (value) =>
      value.startsWith('/') ? undefined : 'path must start with /',
    ),
    response_body: section(
      group({
        healthy: text('', { about: 'Body while all is well.' }),
        unhealthy: text('', { about: 'Body while it is not.' }),
      }),
      { absent: 'off' },
      { about: 'Fixed bodies instead of the JSON.' },
    ),
    check_collector_pipeline: group({
      enabled: flag(false, { about: 'Not supported: it has no effect in the Collector. Only false.' }),
      interval: duration('5m', { about: 'Has no effect while that is off.' }),
      exporter_failure_threshold: int(5, { about: 'Has no effect while that is off.' }),
    }),
  },
  (value, report) => {
    if (value.use_v2) report('use_v2 is not supported: remove it', ['use_v2']);
    if (value.check_collector_pipeline.enabled)
      report('check_collector_pipeline is not supported: it has no effect in the Collector either. Remove it', [
        'check_collector_pipeline',
        'enabled',
      ]);
  },
);
