import { inUse } from '../../component/schema/in-use.js';
import { duration, flag, float, group, list, text, type Report, type Schema } from '../../component/schema/schema.js';
import { httpClientShape, type HttpClientConfig } from '../../net/options/http-client.js';
import { detectorKinds, detectorNames, type DetectorKinds } from './detectors/all.js';
import type { DetectorKind } from './detection/detector.js';
import { resourceAttributes } from './detectors/env.js';
import { nodeVariableOf } from './detectors/k8s-api.js';

/** The options of each detector, by their key. */
type DetectorsConfig = {
  readonly [K in keyof DetectorKinds]: DetectorKinds[K] extends DetectorKind<infer O> ? O : never;
};

/** Options of an HTTP client that the requests of detectors have. */
type ClientConfig = Pick<
  HttpClientConfig,
  | 'proxy_url'
  | 'tls'
  | 'read_buffer_size'
  | 'write_buffer_size'
  | 'headers'
  | 'max_idle_conns'
  | 'max_idle_conns_per_host'
  | 'max_conns_per_host'
  | 'idle_conn_timeout'
  | 'disable_keep_alives'
  | 'force_attempt_http2'
  | 'http2_read_idle_timeout'
  | 'http2_ping_timeout'
>;

export interface DetectionRetry {
  readonly enabled: boolean;
  readonly initial_interval: number;
  readonly randomization_factor: number;
  readonly multiplier: number;
  readonly max_interval: number;
  readonly max_elapsed_time: number;
}

/** docs/spec/agent.md#resource-detection-config. Times in milliseconds. */
export interface Config extends DetectorsConfig, ClientConfig {
  readonly detectors: readonly string[];
  readonly override: boolean;
  readonly timeout: number;
  readonly refresh_interval: number;
  readonly fail_on_missing_metadata: boolean;
  readonly attributes: readonly string[];
  readonly retry: DetectionRetry;
}

const notNegative =
  (name: string) =>
  (value: number): string | undefined =>
    value < 0 ? `"${name}" must not be negative` : undefined;

const retry = group<DetectionRetry>(
  {
    enabled: flag(true, {
      about: 'Repeats failed attempts; otherwise each detector has one, and one for each refresh.',
    }),
    initial_interval: duration('1s', { about: 'Pause before the first repetition.' }, notNegative('initial_interval')),
    randomization_factor: float(0.5, { about: 'Share by which pauses vary, 0 to 1.' }, (value) =>
      value < 0 || value > 1 ? 'randomization_factor value must be within [0, 1]' : undefined,
    ),
    multiplier: float(2, { about: 'How often the pause before each pause is.' }, (value) =>
      value < 0 ? 'multiplier value must be greater than or equal to 0' : undefined,
    ),
    max_interval: duration('30s', { about: 'Longest pause.' }, notNegative('max_interval')),
    max_elapsed_time: duration(
      '0s',
      { about: 'How long the start waits for detectors that fail, in place of `timeout`; 0: as long as `timeout`.' },
      notNegative('max_elapsed_time'),
    ),
  },
  (value, report) => {
    if (value.max_elapsed_time > 0 && value.max_elapsed_time < value.max_interval)
      report('max_elapsed_time must not be less than max_interval', ['max_elapsed_time']);
  },
);

const { proxy_url, tls, read_buffer_size, write_buffer_size, headers, ...client } = httpClientShape();

const detectorOptions = Object.fromEntries(Object.entries(detectorKinds).map(([key, kind]) => [key, kind.config])) as {
  readonly [K in keyof DetectorsConfig]: Schema<DetectorsConfig[K]>;
};

export const config: Schema<Config> = inUse(
  group<Config>(
    {
      detectors: list(text(), ['env'], {
        about:
          'The detectors, of which the first that has an attribute counts. The table of the detectors has their names.',
      }),
      override: flag(true, {
        about:
          'Detected attributes take the place of those that the telemetry has; `false` only fills gaps, which a ' +
          'gateway that receives from other hosts needs.',
      }),
      timeout: duration(
        '5s',
        { about: 'For one attempt of a detector, and for the start, which waits no longer; 0 none.' },
        notNegative('timeout'),
      ),
      refresh_interval: duration(
        '0s',
        { about: 'Detects again at this interval; 0 never. Attributes that change make new metric streams.' },
        notNegative('refresh_interval'),
      ),
      fail_on_missing_metadata: flag(false, {
        about:
          'A metadata service that cannot be reached is a failure, which is tried again; otherwise it means that ' +
          'this is another platform.',
      }),
      attributes: list(text(), [], {
        about: 'Deprecated: of all detected attributes only these are set; all when empty.',
      }),
      retry,
      proxy_url,
      tls,
      headers,
      read_buffer_size,
      write_buffer_size,
      max_idle_conns: client.max_idle_conns,
      max_idle_conns_per_host: client.max_idle_conns_per_host,
      max_conns_per_host: client.max_conns_per_host,
      idle_conn_timeout: client.idle_conn_timeout,
      disable_keep_alives: client.disable_keep_alives,
      force_attempt_http2: client.force_attempt_http2,
      http2_read_idle_timeout: client.http2_read_idle_timeout,
      http2_ping_timeout: client.http2_ping_timeout,
      ...detectorOptions,
    },
    check,
  ),
  (value, { report, env }) => checkInUse(value, env, report),
);

function check({ retry: { enabled, max_elapsed_time }, timeout }: Config, report: Report): void {
  if (enabled && timeout === 0 && max_elapsed_time === 0)
    report('retry.enabled requires either timeout > 0 or retry.max_elapsed_time > 0 to bound detection', ['timeout']);
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Reports faults that keep the detectors from running, as far as they are known without asking anybody. */
function checkInUse(value: Config, env: Environment, report: Report): void {
  const { detectors } = value;
  if (detectors.length === 0)
    report(
      'resource detection failed: no detectors succeeded: the list is empty',
      ['detectors'],
      undefined,
      'Name at least one, such as env.',
    );
  for (const [i, name] of detectors.entries()) {
    if (!detectorNames.includes(name)) {
      const nearest =
        name === 'elasticbeanstalk' ? 'Write elastic_beanstalk.' : `There are ${detectorNames.join(', ')}.`;
      report(`invalid detector key: ${name}`, ['detectors', i], undefined, nearest);
      continue;
    }
    const fault = environmentFault(name, value, env);
    if (fault)
      report(`failed creating detector type "${name}": ${fault.message}`, ['detectors', i], undefined, fault.hint);
  }
}

/** The fault of the process's environment for a detector; undefined: none. */
function environmentFault(
  name: string,
  value: Config,
  env: Environment,
): { readonly message: string; readonly hint: string } | undefined {
  if (name === 'env') {
    try {
      resourceAttributes(env);
    } catch (error) {
      return {
        message: (error as Error).message,
        hint: 'Correct OTEL_RESOURCE_ATTRIBUTES: key=value pairs, separated by commas, %XX for special characters.',
      };
    }
  }
  if (name !== 'k8s_api' && name !== 'k8snode') return undefined;
  const variable = nodeVariableOf(value[name]);
  if ((env[variable] ?? '') !== '') return undefined;
  return {
    message: `node name can't be found: the environment variable ${variable} is not set`,
    hint: 'Set it to the name of the node by the downward API (fieldPath: spec.nodeName).',
  };
}
