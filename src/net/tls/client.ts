import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../component/clock.js';
import type { TlsClientConfig } from '../options/tls-client.js';
import { protocolOptions, readAuthorities, ReloadingPair } from './read.js';

/**
 * Reads everything once and answers a function that gives the options of the next connection: the same object until
 * the certificate has been reloaded. Throws `failed to load TLS config: ...` at start; undefined when TLS is off.
 */
export function clientTls(
  config: TlsClientConfig,
  clock: Clock,
  always = false,
): (() => ConnectionOptions) | undefined {
  const ca = readAuthorities(config);
  const pair = new ReloadingPair(config, clock);
  const fixed: ConnectionOptions = { ...protocolOptions(config), rejectUnauthorized: !config.insecure_skip_verify };
  if (ca !== undefined) fixed.ca = ca;
  if (config.server_name_override !== '') fixed.servername = config.server_name_override;
  if (!always && config.insecure && ca === undefined) return undefined;
  let read = pair.current();
  let options = { ...fixed, ...read };
  return () => {
    const now = pair.current();
    if (now !== read) options = { ...fixed, ...(read = now) };
    return options;
  };
}
