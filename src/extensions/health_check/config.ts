import { any, duration, flag, group, int, section, text, type Schema } from '../../component/schema/schema.js';
import { httpServerShape, type HttpServerConfig } from '../../net/options/http-server.js';

/** The errors of components that make the service unhealthy (docs/spec/core.md#healthcheckv2). */
export interface ComponentHealthConfig {
  readonly include_permanent_errors: boolean;
  readonly include_recoverable_errors: boolean;
  /** Milliseconds. */
  readonly recovery_duration: number;
}

export interface HealthHttpConfig extends HttpServerConfig {
  readonly status: { readonly enabled: boolean; readonly path: string; readonly include_attributes: boolean };
  readonly config: { readonly enabled: boolean; readonly path: string };
}

const startsWithSlash = (value: string): string | undefined =>
  value.startsWith('/') ? undefined : 'path must start with /';

/** Options of the extension (docs/spec/core.md#health-check). */
export interface Config extends HttpServerConfig {
  readonly use_v2: boolean;
  readonly http: HealthHttpConfig | undefined;
  readonly grpc: unknown;
  readonly component_health: ComponentHealthConfig | undefined;
  readonly path: string;
  readonly response_body: { readonly healthy: string; readonly unhealthy: string } | undefined;
  readonly check_collector_pipeline: {
    readonly enabled: boolean;
    readonly interval: number;
    readonly exporter_failure_threshold: number;
  };
}

export const config: Schema<Config> = group<Config>(
  {
    ...httpServerShape('localhost:13133', ({ use_v2 }) => use_v2 !== true),
    use_v2: flag(false, {
      about: 'Serves the status of the components; only `http` and `component_health` count then.',
    }),
    http: section<HealthHttpConfig>(
      group<HealthHttpConfig>({
        ...httpServerShape('localhost:13133'),
        status: group({
          enabled: flag(true, { about: 'Serves the status of the components.' }),
          path: text('/status', {
            about: 'Where; `?pipeline=traces/a` is one pipeline, `?verbose` adds the components.',
          }),
          include_attributes: flag(false, { about: 'Has no effect: components report no attributes.' }),
        }),
        config: group({
          enabled: flag(false, { about: 'Not supported: only false.' }),
          path: text('/config', { about: 'Has no effect while that is off.' }),
        }),
      }),
      { absent: 'off' },
      { about: 'The server of `use_v2`.' },
    ),
    grpc: any({ about: 'Not supported: use `http`.' }),
    component_health: section<ComponentHealthConfig>(
      group<ComponentHealthConfig>({
        include_permanent_errors: flag(false, { about: 'Permanent errors are unhealthy (500).' }),
        include_recoverable_errors: flag(false, {
          about: 'Recoverable errors are unhealthy (500) once they have lasted for `recovery_duration`.',
        }),
        recovery_duration: duration('0s', { about: 'How long a recoverable error may last.' }),
      }),
      { absent: 'off', empty: 'off' },
      { about: 'With `use_v2`: the errors of components that count. Without this section none does.' },
    ),
    path: text(
      '/',
      { about: 'Where it answers; `/` answers everywhere, a path that ends in `/` everywhere below it.' },
      startsWithSlash,
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
    const { use_v2: v2, http } = value;
    if (v2 && !http) report('use_v2 needs `http`: add it, its options have defaults', ['use_v2']);
    if (!v2 && http) report('http has an effect only with `use_v2: true`', ['http']);
    if (http?.status.enabled === true) {
      const fault = startsWithSlash(http.status.path);
      if (fault !== undefined) report(fault, ['http', 'status', 'path']);
    }
    if (http?.config.enabled === true)
      report('http::config is not supported: `kanmon print-config` shows the configuration', [
        'http',
        'config',
        'enabled',
      ]);
    if (value.grpc !== undefined) report('grpc is not supported: use `http`', ['grpc']);
    if (value.check_collector_pipeline.enabled)
      report('check_collector_pipeline is not supported: it has no effect in the Collector either. Remove it', [
        'check_collector_pipeline',
        'enabled',
      ]);
  },
);
