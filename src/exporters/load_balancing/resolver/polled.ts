import type { SignalContext } from '../../../component/define.js';
import type { StatusEvent } from '../../../component/status.js';
import type { LogFields } from '../../../component/telemetry.js';
import { resolutions } from '../telemetry.js';
import { sorted, type Resolver, type Use } from './resolver.js';

/** Something that is asked for the backends again and again. */
export interface PolledSource {
  /** Its name in metrics. */
  readonly name: string;
  /** Between two questions, milliseconds. */
  readonly intervalMs: number;
  /** The name that is looked up, for log lines. */
  readonly about: LogFields;
  /** The backends, as they are dialled. Rejects when there are none, or nobody knows. */
  find(): Promise<readonly string[]>;
  /** No more questions are put. */
  close?(): Promise<void>;
}

/** An answer that fails leaves the last list in use (docs/spec/gateway.md#resolvers). */
export class PolledResolver implements Resolver {
  readonly name: string;
  confirmedAt: number | undefined;
  readonly #source: PolledSource;
  readonly #context: SignalContext;
  #last: string | undefined;
  #report: (event: StatusEvent) => void = () => {};
  #stopped = false;
  #cancel: (() => void) | undefined;

  constructor(source: PolledSource, context: SignalContext) {
    this.name = source.name;
    this.#source = source;
    this.#context = context;
  }

  async start(use: Use, report: (event: StatusEvent) => void): Promise<void> {
    this.#report = report;
    await this.#ask(use);
    this.#next(use);
  }

  stop(): void {
    this.#stopped = true;
    this.#cancel?.();
    void this.#source.close?.();
  }

  #next(use: Use): void {
    if (this.#stopped) return;
    const { intervalMs } = this.#source;
    this.#cancel = this.#context.clock.after(intervalMs, () => void this.#ask(use).then(() => this.#next(use)));
  }

  async #ask(use: Use): Promise<void> {
    const { meter, logger, clock } = this.#context;
    const count = (success: boolean): void => meter.counter(resolutions, { resolver: this.name, success }).add(1);
    let found: readonly string[];
    try {
      found = await this.#source.find();
    } catch (error) {
      count(false);
      if (this.#stopped) return;
      logger.warn('failed to resolve', { error: (error as Error).message, ...this.#source.about });
      this.#report({ status: 'recoverable_error', error: error as Error });
      return;
    }
    count(true);
    this.#report({ status: 'ok' });
    this.confirmedAt = clock.now();
    const endpoints = sorted(found);
    const list = endpoints.join(' ');
    if (this.#stopped || list === this.#last) return;
    this.#last = list;
    await use(endpoints);
  }
}
