import { setMaxListeners } from 'node:events';
import type { LedgerRow } from '../component/ledger.js';
import type { Logger } from '../component/telemetry.js';
import type { CheckedConfig } from '../config/checked.js';
import { beginHandover } from '../net/listening/handover.js';
import { Service, type ProcessState } from '../pipeline/service.js';
import { deadline } from '../runtime/signals.js';
import type { Deployment } from './run.js';

/**
 * How long another reload waits for the service before the last one, which still sends what it holds, milliseconds: so
 * that at most two configurations are in memory.
 */
const nextReloadWaitsMs = 3000;

export interface SingleProcessOptions {
  /** Reads and checks the configuration. */
  load(): Promise<CheckedConfig>;
  /** Does so while the program runs; `signal` ends it. */
  loadAside(signal: AbortSignal): Promise<CheckedConfig>;
  readonly state: ProcessState;
  /** How long a shutdown may take to hand on what is held, milliseconds. */
  readonly drainMs: number;
}

/** A service that another one has replaced, and that still sends what it holds. */
interface Retired {
  readonly ended: Promise<void>;
  /** Ends it now. */
  hurry(): void;
}

/**
 * Everything in this process. A reload starts another service beside the one that runs, hands the listening sockets and
 * their connections over, and lets the old one send what it holds (docs/decisions/0009-a-reload-closes-nothing.md).
 */
export class SingleProcess implements Deployment {
  readonly #options: SingleProcessOptions;
  #config: CheckedConfig;
  #service: Service;
  #retired: Retired | undefined;
  /** Changes of the configuration happen one after the other. */
  #turn: Promise<unknown> = Promise.resolve();
  #onFailed: (error: Error) => void = () => {};
  readonly incompleteBooks: number = 0;

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
    this.#watch(this.#service);
    await this.#service.start();
    this.#service.ready();
    return true;
  }

  reload(signal: AbortSignal): Promise<void> {
    return this.#inTurn(async () => {
      let next: CheckedConfig;
      try {
        next = await this.#options.loadAside(signal);
      } catch (error) {
        if (signal.aborted) return;
        this.logger.error('The new configuration is bad; the old one keeps running', { error });
        return;
      }
      this.logger.warn('Config updated, restart service');
      await this.#change(next);
    });
  }

  leave(): void {
    this.#service.leave();
  }

  async stop(drainMs: number): Promise<void> {
    await this.#turn;
    await Promise.all([this.#service.shutdown(deadline(drainMs)), this.#retired?.ended]);
  }

  abandon(): Promise<void> {
    return Promise.resolve();
  }

  rows(): LedgerRow[] {
    return this.#options.state.books.rows();
  }

  close(): Promise<void> {
    return this.#service.close();
  }

  #inTurn(change: () => Promise<void>): Promise<void> {
    const done = this.#turn.then(change);
    this.#turn = done.catch(() => {});
    return done;
  }

  /** Puts a service with another configuration in the place of the one that runs, or logs why not. */
  async #change(next: CheckedConfig): Promise<void> {
    await this.#endRetired();
    const before = this.#service;
    const handover = beginHandover();
    let service: Service;
    try {
      service = await Service.build(next, { ...this.#options.state, onceIsFree: before.onceStopped });
      await service.start();
    } catch (error) {
      await handover.rollback();
      before.showBooks();
      this.logger.error('The new configuration did not start; the old one keeps running', { error });
      return;
    }
    handover.commit();
    const config = this.#config;
    this.#config = next;
    this.#service = service;
    this.#watch(service);
    service.ready();
    this.#retire(before);
    service.onceStarted.catch((error: Error) => void this.#inTurn(() => this.#goBack(service, config, error)));
  }

  /** Back to the configuration before, when one was taken whose components that run `once` do not start. */
  async #goBack(from: Service, config: CheckedConfig, error: Error): Promise<void> {
    if (this.#service !== from) return;
    this.logger.error('The new configuration did not start; going back to the old one', { error });
    await this.#change(config);
  }

  #retire(service: Service): void {
    const hurry = new AbortController();
    const end = AbortSignal.any([deadline(this.#options.drainMs), hurry.signal]);
    setMaxListeners(0, end);
    const ended = service.shutdown(end).then(() => service.close());
    const retired: Retired = { ended, hurry: () => hurry.abort() };
    this.#retired = retired;
    void ended.then(() => {
      if (this.#retired === retired) this.#retired = undefined;
    });
  }

  async #endRetired(): Promise<void> {
    const retired = this.#retired;
    if (!retired) return;
    const { clock } = this.#options.state;
    await Promise.race([retired.ended, new Promise<void>((resolve) => void clock.after(nextReloadWaitsMs, resolve))]);
    retired.hurry();
    await retired.ended;
  }

  #watch(service: Service): void {
    void service.failed.then((error) => {
      if (this.#service === service) this.#onFailed(error);
    });
  }
}
