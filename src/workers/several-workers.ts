import type { LedgerRow } from '../component/ledger.js';
import type { Logger } from '../component/telemetry.js';
import type { CheckedConfig } from '../config/checked.js';
import { beginHandover } from '../net/listening/handover.js';
import type { ProcessState } from '../pipeline/service.js';
import { memoryLimit } from '../runtime/memory/budget.js';
import { openBooksFolder, type BooksFolder } from './books-folder.js';
import { Fleet } from './fleet.js';
import { Front } from './front.js';
import type { Deployment } from './run.js';

export interface SeveralWorkersOptions {
  /** Reads and checks the configuration. */
  load(): Promise<CheckedConfig>;
  /** Does so while the program runs; `signal` ends it. */
  loadAside(signal: AbortSignal): Promise<CheckedConfig>;
  readonly state: ProcessState;
  /** How long a shutdown may take to hand on what is held, milliseconds. */
  readonly drainMs: number;
  readonly count: number;
}

/** Several workers that share the ports, led by this process, which handles no data. A reload replaces all workers. */
export class SeveralWorkers implements Deployment {
  readonly #options: SeveralWorkersOptions;
  readonly #folder: BooksFolder;
  readonly #fleet: Fleet;
  #config: CheckedConfig;
  #front: Front | undefined;
  #onFailed: (error: Error) => void = () => {};

  private constructor(options: SeveralWorkersOptions, config: CheckedConfig, folder: BooksFolder) {
    this.#options = options;
    this.#config = config;
    this.#folder = folder;
    this.#fleet = new Fleet({
      count: options.count,
      folder: folder.path,
      memoryBytes: memoryLimit().bytes / options.count,
      logger: () => this.logger,
      onFailed: (error) => this.#onFailed(error),
    });
  }

  /** Rejects with what is wrong with the configuration. */
  static async build(options: SeveralWorkersOptions): Promise<SeveralWorkers> {
    const config = await options.load();
    return new SeveralWorkers(options, config, await openBooksFolder());
  }

  get logger(): Logger {
    if (!this.#front) throw new Error('the workers are not started');
    return this.#front.telemetry.logger;
  }

  async start(onFailed: (error: Error) => void): Promise<boolean> {
    const { state, count } = this.#options;
    const { command, version } = state.buildInfo;
    this.#onFailed = onFailed;
    const front = (this.#front = await Front.open(this.#config, state, this.#fleet));
    front.telemetry.logger.info(`Starting ${command}...`, { Version: version, workers: count });
    if (!(await this.#fleet.start())) return false;
    front.ready();
    return true;
  }

  async reload(signal: AbortSignal): Promise<void> {
    const { loadAside, drainMs } = this.#options;
    const { logger } = this;
    let next: CheckedConfig;
    try {
      next = await loadAside(signal);
    } catch (error) {
      if (signal.aborted) return;
      logger.error('The new configuration is bad; the old one keeps running', { error });
      return;
    }
    logger.warn('Config updated, replacing the workers');
    if (!(await this.#fleet.replace(drainMs, signal))) {
      if (!signal.aborted) logger.error('The new configuration did not start; the old one keeps running');
      return;
    }
    await this.#showAs(next);
    this.#config = next;
  }

  /** Shows the program as another configuration says; the ports that both have never close. */
  async #showAs(config: CheckedConfig): Promise<void> {
    const before = this.#front;
    const handover = beginHandover();
    try {
      this.#front = await Front.open(config, this.#options.state, this.#fleet);
    } catch (error) {
      await handover.rollback();
      this.logger.error('The new service section does not work; metrics and health stay as they were', { error });
      return;
    }
    handover.commit();
    this.#front.ready();
    await before?.close();
  }

  leave(): void {
    this.#front?.notReady();
    this.#fleet.leave();
  }

  async stop(drainMs: number): Promise<void> {
    this.leave();
    await this.#fleet.stop(drainMs);
  }

  async abandon(): Promise<void> {
    this.#fleet.killAll();
    await this.#fleet.stop(0);
  }

  rows(): LedgerRow[] {
    return this.#fleet.rows();
  }

  get incompleteBooks(): number {
    return this.#fleet.incompleteBooks;
  }

  async close(): Promise<void> {
    await this.#front?.close();
    this.#folder.remove();
  }
}
