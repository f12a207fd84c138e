import { inUse } from '../../component/schema/in-use.js';
import { duration, group, text, type Report, type Schema } from '../../component/schema/schema.js';
import { apiShape, warnOfApiLimits, type ApiConfig } from '../../kubernetes/access/options.js';

/** The most by which a pause between two attempts is longer than `retry_period`, as in Kubernetes' own electors. */
export const jitter = 1.2;

/** Options of the extension. Times in milliseconds. */
export interface Config extends ApiConfig {
  readonly lease_name: string;
  readonly lease_namespace: string;
  readonly lease_duration: number;
  readonly renew_deadline: number;
  readonly retry_period: number;
}

/** The longest name that an object of the API can have. */
const longestName = 253;

const nameFault = (name: string): string | undefined =>
  name === '' || (name.length <= longestName && /^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$/.test(name))
    ? undefined
    : `${JSON.stringify(name)} is no name of an object: lower case letters, digits, "-" and "."`;

export const config: Schema<Config> = inUse(
  group<Config>(
    {
      ...apiShape,
      lease_name: text('', { about: 'Name of the Lease; replicas with the same one elect together.' }, nameFault),
      lease_namespace: text('', { about: 'Its namespace.' }, nameFault),
      lease_duration: duration('15s', {
        about: 'How long another one waits for a holder that does not renew. Whole seconds, rounded up.',
      }),
      renew_deadline: duration('10s', {
        about: 'A holder that could not renew for this long stops leading; less than `lease_duration`.',
      }),
      retry_period: duration('2s', { about: 'Time between two attempts to get the lease, or to renew it.' }),
    },
    (value, report) => {
      if (value.lease_name === '' || value.lease_namespace === '')
        report(
          'lease name and namespace must be set',
          [value.lease_name === '' ? 'lease_name' : 'lease_namespace'],
          undefined,
          'Such as `lease_name: k8s-cluster-receiver` and `lease_namespace: observability`.',
        );
    },
  ),
  (value, { report, warn }) => {
    warnOfApiLimits(value, warn);
    checkTimes(value, report);
  },
);

/** In the words of the library that the Collector uses, which checks at start. */
function checkTimes({ lease_duration, renew_deadline, retry_period }: Config, report: Report): void {
  const advice = 'The defaults are 15s, 10s and 2s.';
  const refuse = (message: string, at: string): void => report(message, [at], undefined, advice);
  if (lease_duration <= 0) refuse('leaseDuration must be greater than zero', 'lease_duration');
  else if (renew_deadline <= 0) refuse('renewDeadline must be greater than zero', 'renew_deadline');
  else if (retry_period <= 0) refuse('retryPeriod must be greater than zero', 'retry_period');
  else if (lease_duration <= renew_deadline)
    refuse('leaseDuration must be greater than renewDeadline', 'lease_duration');
  else if (renew_deadline <= jitter * retry_period)
    refuse('renewDeadline must be greater than retryPeriod*JitterFactor', 'renew_deadline');
}
