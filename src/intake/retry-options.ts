import { duration, flag, group, type Schema } from '../component/schema/schema.js';

/** How a receiver that makes its own data sends again what the pipelines refused for now. Times in milliseconds. */
export interface RetryOptions {
  readonly enabled: boolean;
  readonly initial_interval: number;
  readonly max_interval: number;
  readonly max_elapsed_time: number;
}

const positive = (ms: number): string | undefined => (ms < 0 ? 'must not be negative' : undefined);

/** The option `retry_on_failure` of receivers that read logs. */
export const retryOptions: Schema<RetryOptions> = group<RetryOptions>({
  enabled: flag(true, { about: 'Send a refused batch again; otherwise it is dropped, and reading goes on behind it.' }),
  initial_interval: duration('1s', { about: 'Time before the first repetition.' }, positive),
  max_interval: duration('30s', { about: 'The longest time between two repetitions.' }, positive),
  max_elapsed_time: duration('0s', { about: 'Time after which a batch is dropped; 0: never.' }, positive),
});
