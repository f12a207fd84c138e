import type { LedgerRow } from '../component/ledger.js';
import type { Logger } from '../component/telemetry.js';
import type { CheckedConfig } from '../config/checked.js';
import { Service, type ProcessState } from '../pipeline/service.js';
import { deadline } from '../runtime/signals.js';
import type { Deployment } from './run.js';

/** How long a reload may take to hand on what is held, milliseconds. */
const reloadDrainMs = 3000;

export interface SingleProcessOptions {
  /** Reads and checks the configuration anew. */
  load(): Promise<CheckedConfig>;
  readonly state: ProcessState;
  /** How long a shutdown may take to hand on what is held, milliseconds. */
  readonly drainMs: number;
}

/** Everything in this process. A reload stops the service and starts another one. */
export class SingleProcess implements Deployment {
  readonly #options: SingleProcessOptions;
  #config: CheckedConfig;
  #service: Service;
  #onFailed: (error: Error) => void = () => {};

  private constructor(options: SingleProcessOptions, config: CheckedConfig, service: Service) {
    this.#options = options;
    this.#config = config;
    this.#service = service;
  }

  /** Creates all components. Rejects with what could not be created. */
  static async build(options: SingleProcessOptions): Promise<SingleProcess> {
    const config = await options.load();
    return new SingleProcess(options, config, await Service.build(config, options.state));
  }

  get logger(): Logger {
    return this.#service.logger;
  }

  async start(onFailed: (error: Error) => void): Promise<boolean> {
    this.#onFailed = onFailed;
    this.#watch();
    await this.#service.start();
    return true;
  }

  async reload(): Promise<void> {
    const { load, state, drainMs } = this.#options;
    let next: CheckedConfig;
    try {
      next = await load();
    } catch (error) {
      this.logger.error('The new configuration is bad; the old one keeps running', { error });
      return;
    }
    this.logger.warn('Config updated, restart service');
    // Meanwhile nothing listens, so that a backend that is down must not delay a reload for long.
    await this.#service.shutdown(deadline(Math.min(drainMs, reloadDrainMs)));
    await this.#service.close();
    this.#service = await restart(next, this.#config, state);
    this.#config = next;
    this.#watch();
  }

  async stop(drainMs: number): Promise<void> {
    await this.#service.shutdown(deadline(drainMs));
  }

  abandon(): Promise<number> {
    return Promise.resolve(this.rows().reduce((sum, row) => sum + (row.kind === 'component' ? total(row.held) : 0), 0));
  }

  rows(): LedgerRow[] {
    return this.#options.state.books.rows();
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  #watch(): void {
    void this.#service.failed.then((error) => this.#onFailed(error));
  }
}

/**
 * Starts the new configuration; if that fails, the old one again, so that a bad reload never leaves nothing running.
 */
async function restart(next: CheckedConfig, old: CheckedConfig, state: ProcessState): Promise<Service> {
  try {
    const service = await Service.build(next, state);
    await service.start();
    return service;
  } catch (error) {
    const service = await Service.build(old, state).catch(() => undefined);
    if (service) {
      service.logger.error('The new configuration did not start; going back to the old one', { error });
      await service.start();
      return service;
    }
    throw new Error(`failed to setup configuration components: ${(error as Error).message}`, { cause: error });
  }
}

function total(amounts: Readonly<Record<string, number>>): number {
  return Object.values(amounts).reduce((sum, items) => sum + items, 0);
}
