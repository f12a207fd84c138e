import type { InUse } from '../../component/schema/in-use.js';
import type { TextFault } from '../../component/config-value-error.js';
import { httpUrlFault } from '../../net/http/url-fault.js';
import { exportPaths } from '../../net/otlp/services.js';
import type { Signal } from '../../otlp/signal.js';
import type { Config } from './config.js';

type Endpoints = Pick<Config, 'endpoint' | `${Signal}_endpoint`>;

/** Where a signal goes. */
export function signalUrl(config: Endpoints, signal: Signal): string {
  const { endpoint } = config;
  return config[`${signal}_endpoint`] || `${endpoint}${endpoint.endsWith('/') ? '' : '/'}${exportPaths[signal]}`;
}

/** Reports each endpoint that is no URL, or is missing, with the signals that are sent there. */
export function checkUrls(config: Endpoints, { signals, report }: Pick<InUse, 'signals' | 'report'>): void {
  const missing: Signal[] = [];
  const toCommon: Signal[] = [];
  for (const signal of signals) {
    const option = `${signal}_endpoint` as const;
    if (config[option] !== '') reported(httpUrlFault(config[option], option), option);
    else (config.endpoint === '' ? missing : toCommon).push(signal);
  }
  if (toCommon.length > 0) {
    const fault = httpUrlFault(config.endpoint, 'endpoint');
    reported(fault && { ...fault, message: `${fault.message} (it is for ${toCommon.join(', ')})` }, 'endpoint');
  }
  for (const signal of missing)
    report(
      `either endpoint or ${signal}_endpoint must be specified`,
      [],
      undefined,
      `Set \`${signal}_endpoint\` to the whole URL, or \`endpoint\` to the one before ${exportPaths[signal]}.`,
    );

  function reported(fault: TextFault | undefined, option: string): void {
    if (fault) report(fault.message, [option], fault.at, fault.hint);
  }
}
