import { X509Certificate } from 'node:crypto';
import type { ConnectionOptions } from 'node:tls';
import type { Clock } from '../../component/clock.js';
import type { Logger } from '../../component/telemetry.js';
import type { TlsClientConfig } from '../options/tls-client.js';
import { protocolOptions, readAuthorities, ReloadingPair } from './read.js';

/**
 * Reads everything once and answers a function that gives the options of the next connection: the same object until
 * certificate, key or authorities have been reloaded (`reload_interval`). Throws `failed to load TLS config: ...` at
 * start; what cannot be loaded later leaves the version before in use, and is logged once. Undefined when TLS is off.
 */
export function clientTls(
  config: TlsClientConfig,
  clock: Clock,
  logger: Logger,
  always = false,
): (() => ConnectionOptions) | undefined {
  const authorities = new ReloadingAuthorities(config, clock, logger);
  const pair = new ReloadingPair(config, clock, logger);
  const fixed: ConnectionOptions = { ...protocolOptions(config), rejectUnauthorized: !config.insecure_skip_verify };
  if (config.server_name_override !== '') fixed.servername = config.server_name_override;
  if (!always && config.insecure && authorities.current() === undefined) return undefined;
  let read: { readonly pair: ReturnType<ReloadingPair['current']>; readonly ca: readonly string[] | undefined };
  let options: ConnectionOptions | undefined;
  return () => {
    const now = { pair: pair.current(), ca: authorities.current() };
    if (!options || now.pair !== read.pair || now.ca !== read.ca) {
      options = { ...fixed, ...now.pair, ...(now.ca === undefined ? {} : { ca: [...now.ca] }) };
      read = now;
    }
    return options;
  };
}

/** How soon a reload that failed is tried again, milliseconds. */
const againMs = 1000;

/** The authorities that a client trusts, read as often as its certificate. */
class ReloadingAuthorities {
  readonly #config: TlsClientConfig;
  readonly #clock: Clock;
  readonly #logger: Logger;
  #ca: readonly string[] | undefined;
  #dueAt: number;
  #failing = false;

  constructor(config: TlsClientConfig, clock: Clock, logger: Logger) {
    this.#config = config;
    this.#clock = clock;
    this.#logger = logger;
    this.#ca = readAuthorities(config);
    const reloads = config.reload_interval > 0 && config.ca_file !== '';
    this.#dueAt = reloads ? clock.now() + config.reload_interval : Number.POSITIVE_INFINITY;
  }

  /** The same array until others are loaded. */
  current(): readonly string[] | undefined {
    const now = this.#clock.now();
    if (now >= this.#dueAt) this.#reload(now);
    return this.#ca;
  }

  #reload(now: number): void {
    const { reload_interval } = this.#config;
    try {
      const next = readAuthorities(this.#config);
      if (next?.[0] !== this.#ca?.[0]) {
        checkWhole(next?.[0] ?? '');
        this.#ca = next;
      }
      this.#dueAt = now + reload_interval;
      this.#failing = false;
    } catch (error) {
      this.#dueAt = now + Math.min(reload_interval, againMs);
      if (!this.#failing) this.#logger.warn('New authorities could not be loaded; those before stay in use', { error });
      this.#failing = true;
    }
  }
}

/** Throws for a file that is half written: TLS itself would pass over the certificates that it cannot read. */
function checkWhole(pem: string): void {
  const certificates = pem.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (certificates.length !== pem.split('-----BEGIN CERTIFICATE-----').length - 1)
    throw new Error('failed to parse cert: a certificate is cut off');
  for (const certificate of certificates) void new X509Certificate(certificate);
}
