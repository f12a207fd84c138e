import type { Clock } from '../../../component/clock.js';
import type { LogFields } from '../../../component/telemetry.js';
import type { DnsResolverConfig } from '../config.js';
import { serverLookup, systemLookup, type Lookup } from './lookup.js';
import type { PolledSource } from './polled.js';

/** The values that zero, or less, stands for. */
const defaultIntervalMs = 5000;
const defaultTimeoutMs = 1000;

/**
 * All addresses of a name. A question that takes longer than its timeout has failed, and no second one is put while it
 * hangs.
 */
export class DnsSource implements PolledSource {
  readonly name = 'dns';
  readonly intervalMs: number;
  readonly about: LogFields;
  readonly #config: DnsResolverConfig;
  readonly #clock: Clock;
  readonly #lookup: Lookup;
  /** True while the system still works on a question we no longer wait for. */
  #hanging = false;

  constructor(config: DnsResolverConfig, clock: Clock) {
    this.intervalMs = config.interval > 0 ? config.interval : defaultIntervalMs;
    this.about = { hostname: config.hostname };
    this.#config = config;
    this.#clock = clock;
    this.#lookup = config.servers.length > 0 ? serverLookup(config.servers) : systemLookup;
  }

  async find(): Promise<readonly string[]> {
    return (await this.#lookUp()).map((address) => endpointOf(address, this.#config.port));
  }

  #lookUp(): Promise<string[]> {
    const { hostname } = this.#config;
    const timeoutMs = this.#config.timeout > 0 ? this.#config.timeout : defaultTimeoutMs;
    if (this.#hanging) return Promise.reject(new Error(`lookup ${hostname}: i/o timeout`));
    return new Promise((resolve, reject) => {
      this.#hanging = true;
      const cancel = this.#clock.after(timeoutMs, () => reject(new Error(`lookup ${hostname}: i/o timeout`)));
      this.#lookup(hostname, timeoutMs)
        .then(resolve, reject)
        .finally(() => {
          this.#hanging = false;
          cancel();
        });
    });
  }
}

/** As the Collector writes it, because the ring hashes it: an IPv6 address in brackets, the port only if one is set. */
function endpointOf(address: string, port: string): string {
  const host = address.includes(':') ? `[${address}]` : address;
  return port === '' ? host : `${host}:${port}`;
}
