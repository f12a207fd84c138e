import { ApiAttempts } from '../../kubernetes/api-attempts.js';
import { PageSize } from '../../kubernetes/page-size.js';
import { Ticker } from '../../intake/scrape/ticker.js';
import { feedFailed, feedPageMs, type ObjectFeed, type FeedParts } from './feed.js';
import { pulledRecords } from './records.js';

/** Sends all objects of a selection at once and at each interval, a batch for each page of the list. */
export class PullFeed implements ObjectFeed {
  readonly #parts: FeedParts;
  readonly #intervalMs: number;
  readonly #exactly: string;
  readonly #attempts: ApiAttempts;
  readonly #pageSize: PageSize = new PageSize();
  readonly #ticker: Ticker;

  /** `exactly`: the version that objects are wanted of; '' for the newest. */
  constructor(parts: FeedParts, intervalMs: number, exactly: string) {
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
      const page = await this.#pageSize.ask((limit) =>
        this.#attempts.within(feedPageMs, (signal) => client.list(selection, limit, next, signal, this.#exactly)),
      );
      const wanted = page.items.filter((object) => filter.wants(object));
      if (wanted.length > 0 && !(await send(pulledRecords(wanted, { resource, version, observedMs: clock.unixMs() }))))
        return;
      ({ next } = page);
    } while (next !== '' && !this.#attempts.areOver);
  }
}
