import type { SignalContext } from '../../../component/define.js';
import type { StatusEvent } from '../../../component/status.js';
import type { DnsResolverConfig } from '../config.js';
import { resolutions } from '../telemetry.js';
import { serverLookup, systemLookup, type Lookup } from './lookup.js';
import { sorted, type Resolver, type Use } from './resolver.js';

/** The values that zero, or less, stands for. */
const defaultIntervalMs = 5000;
const defaultTimeoutMs = 1000;

/**
 * All addresses of a name, asked for again and again. An answer that fails or is empty leaves the last list in use
 * (docs/spec/gateway.md#resolvers); a question that takes longer than its timeout has failed, and no second one is put
 * while it hangs.
 */
export class DnsResolver implements Resolver {
  readonly name = 'dns';
  confirmedAt: number | undefined;
  readonly #config: DnsResolverConfig;
  readonly #context: SignalContext;
  readonly #lookup: Lookup;
  #last: string | undefined;
  #report: (event: StatusEvent) => void = () => {};
  #stopped = false;
  #cancel: (() => void) | undefined;
  /** True while the system still works on a question we no longer wait for. */
  #hanging = false;

  constructor(config: DnsResolverConfig, context: SignalContext) {
    this.#config = config;
    this.#context = context;
    this.#lookup = config.servers.length > 0 ? serverLookup(config.servers) : systemLookup;
  }

  async start(use: Use, report: (event: StatusEvent) => void): Promise<void> {
    this.#report = report;
    await this.#ask(use);
    this.#next(use);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
  }

  #next(use: Use): void {
    if (this.#stopped) return;
    const interval = this.#config.interval > 0 ? this.#config.interval : defaultIntervalMs;
    this.#cancel = this.#context.clock.after(interval, () => void this.#ask(use).then(() => this.#next(use)));
  }

  async #ask(use: Use): Promise<void> {
    const { meter, logger, clock } = this.#context;
    const count = (success: boolean): void => meter.counter(resolutions, { resolver: this.name, success }).add(1);
    let addresses: string[];
    try {
      addresses = await this.#lookUp();
    } catch (error) {
      count(false);
      if (this.#stopped) return;
      logger.warn('failed to resolve', { error: (error as Error).message, hostname: this.#config.hostname });
      this.#report({ status: 'recoverable_error', error: error as Error });
      return;
    }
    count(true);
    this.#report({ status: 'ok' });
    this.confirmedAt = clock.now();
    const endpoints = sorted(addresses.map((address) => endpointOf(address, this.#config.port)));
    const list = endpoints.join(' ');
    if (this.#stopped || list === this.#last) return;
    this.#last = list;
    await use(endpoints);
  }

  #lookUp(): Promise<string[]> {
    const { hostname } = this.#config;
    const timeoutMs = this.#config.timeout > 0 ? this.#config.timeout : defaultTimeoutMs;
    if (this.#hanging) return Promise.reject(new Error(`lookup ${hostname}: i/o timeout`));
    return new Promise((resolve, reject) => {
      this.#hanging = true;
      const cancel = this.#context.clock.after(timeoutMs, () => reject(new Error(`lookup ${hostname}: i/o timeout`)));
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
