import { inUse } from '../../component/schema/in-use.js';
import { group, text, type Schema } from '../../component/schema/schema.js';
import { retryOnFailure, sendingQueue, type QueueConfig, type RetryConfig } from '../../delivery/config.js';
import { checkHttpClient, httpClientShape, type HttpClientConfig } from '../../net/options/http-client.js';
import { checkUrls } from './url.js';

/** Options of the exporter (docs/spec/core.md#otlp-http-exporter). Times in milliseconds. */
export interface Config extends HttpClientConfig {
  readonly traces_endpoint: string;
  readonly metrics_endpoint: string;
  readonly logs_endpoint: string;
  readonly profiles_endpoint: string;
  readonly encoding: 'proto' | 'json';
  readonly retry_on_failure: RetryConfig;
  readonly sending_queue: QueueConfig | undefined;
}

const own = (signal: string) => text('', { about: `Full URL for ${signal}, used as it is instead of \`endpoint\`.` });

const encoding = text('proto', { about: '`proto` or `json`.' }, (value) =>
  value === 'proto' || value === 'json' ? undefined : `invalid encoding type: ${value}`,
) as Schema<'proto' | 'json'>;

const options: Schema<Config> = group<Config>(
  {
    ...httpClientShape(),
    traces_endpoint: own('traces'),
    metrics_endpoint: own('metrics'),
    logs_endpoint: own('logs'),
    profiles_endpoint: own('profiles'),
    encoding,
    retry_on_failure: retryOnFailure(),
    sending_queue: sendingQueue('on'),
  },
  (value, report) => {
    if (
      value.endpoint === '' &&
      value.traces_endpoint === '' &&
      value.metrics_endpoint === '' &&
      value.logs_endpoint === '' &&
      value.profiles_endpoint === ''
    )
      report('at least one endpoint must be specified');
    checkHttpClient(value, report);
  },
);

export const config: Schema<Config> = inUse(options, checkUrls);
