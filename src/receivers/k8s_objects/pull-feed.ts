import { ApiAttempts } from '../../kubernetes/api-attempts.js';
import type { ApiJson } from '../../kubernetes/json.js';
import { PageSize } from '../../kubernetes/page-size.js';
import { Ticker } from '../../intake/scrape/ticker.js';
import { feedFailed, feedPageMs, type FeedParts, type ObjectFeed } from '../../kubernetes/feed/feed.js';
import type { ObjectFilter } from './object-filter.js';
import type { Batch } from '../../otlp/batch.js';
import { pulledRecords } from './records.js';

export interface PullFeedParts extends FeedParts {
  readonly filter: ObjectFilter;
  /** Resolves with false when the batch was given up, because the receiver ends. */
  send(batch: Batch): Promise<boolean>;
  /** Of this program. */
  readonly version: string;
}

/** Sends all objects of a selection at once and at each interval, a batch for each page of the list. */
export class PullFeed implements ObjectFeed {
  readonly #parts: PullFeedParts;
  readonly #intervalMs: number;
  readonly #exactly: string;
  readonly #attempts: ApiAttempts;
  readonly #pageSize: PageSize = new PageSize();
  readonly #ticker: Ticker;

  /** `exactly`: the version that objects are wanted of; '' for the newest. */
  constructor(parts: PullFeedParts, intervalMs: number, exactly: string) {
    this.#parts = parts;
    this.#intervalMs = intervalMs;
    this.#exactly = exactly;
    this.#attempts = new ApiAttempts(parts.clock, parts.random);
    this.#ticker = new Ticker(parts.clock, intervalMs, 0, () => this.#pull());
  }

  start(): void {
    this.#ticker.start();
  }

  async stop(): Promise<void> {
    this.#attempts.stop();
    await this.#ticker.stop();
  }

  /** One round, with another attempt after a failure as long as the next round is not due. */
  async #pull(): Promise<void> {
    const { clock, status } = this.#parts;
    const dueAt = clock.now() + this.#intervalMs;
    this.#attempts.succeeded();
    do {
      try {
        await this.#list();
        status.succeeded();
        return;
      } catch (error) {
        if (this.#attempts.areOver) return;
        feedFailed(this.#parts, error as Error);
        this.#attempts.failed();
        await this.#attempts.pauseAfter(error as Error);
      }
    } while (!this.#attempts.areOver && clock.now() < dueAt);
  }

  async #list(): Promise<void> {
    const { client, selection, filter, clock, version, send } = this.#parts;
    const resource = selection.resource.plural;
    let next = '';
    do {
      let wanted: ApiJson[] = [];
      const page = await this.#pageSize.ask((limit) =>
        this.#attempts.within(feedPageMs, (signal) => {
          wanted = [];
          const take = (object: ApiJson): void => void (filter.wants(object) && wanted.push(object));
          return client.list({ selection, limit, from: next, exactly: this.#exactly }, take, signal);
        }),
      );
      if (wanted.length > 0 && !(await send(pulledRecords(wanted, { resource, version, observedMs: clock.unixMs() }))))
        return;
      ({ next } = page);
    } while (next !== '' && !this.#attempts.areOver);
  }
}
