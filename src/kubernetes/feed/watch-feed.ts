import type { ListPage } from '../api-client.js';
import { ApiAttempts } from '../api-attempts.js';
import { ApiError } from '../api-error.js';
import { apiText, type ApiJson } from '../json.js';
import { PageSize } from '../page-size.js';
import type { WatchEvent } from '../watch-events.js';
import { feedFailed, feedPageMs, type FeedParts, type ObjectFeed } from './feed.js';
import { isNewer } from './versions.js';

/** Names of changes of an object in a watch. */
export type ChangeType = 'ADDED' | 'MODIFIED' | 'DELETED';

export interface WatchFeedParts extends FeedParts {
  /** Delivers objects that changed alike. Resolves with false when they were given up, because the receiver ends. */
  deliver(type: ChangeType, objects: readonly ApiJson[]): Promise<boolean>;
  /** Called with each version up to which all is delivered. */
  onVersion(version: string): void;
}

const changeTypes: Readonly<Record<Exclude<WatchEvent['kind'], 'bookmark'>, ChangeType>> = {
  added: 'ADDED',
  modified: 'MODIFIED',
  deleted: 'DELETED',
};

/** Where a watch begins. */
export type Beginning =
  /** Now: nothing of what is there is sent. */
  | { readonly kind: 'now' }
  /** With what is there and is newer than `after`, '' for all of it. */
  | { readonly kind: 'objects'; readonly after: string }
  /** Behind a version that was delivered. */
  | { readonly kind: 'delivered'; readonly version: string }
  /** Behind a version of the configuration, which the server may never have known. */
  | { readonly kind: 'configured'; readonly version: string };

/** Seconds that a watch lasts, and half of them more by chance. */
const watchSeconds = 300;
/** A server that says nothing for this long after a watch should have ended is gone, milliseconds. */
const graceMs = 30_000;
/** A watch that ends sooner is one that the server does not keep, milliseconds. */
const shortestWatchMs = 500;

/**
 * Sends each change of a selection. A watch that breaks goes on behind the last change that was delivered. When the
 * server no longer knows what came after it, what is there and newer is sent in its place.
 */
export class WatchFeed implements ObjectFeed {
  readonly #parts: WatchFeedParts;
  readonly #attempts: ApiAttempts;
  readonly #pageSize: PageSize = new PageSize();
  #state: Beginning;
  #running: Promise<void> | undefined;

  constructor(parts: WatchFeedParts, beginning: Beginning) {
    this.#parts = parts;
    this.#state = beginning;
    this.#attempts = new ApiAttempts(parts.clock, parts.random);
  }

  start(): void {
    this.#running ??= this.#run();
  }

  async stop(): Promise<void> {
    this.#attempts.stop();
    await this.#running;
  }

  async #run(): Promise<void> {
    while (!this.#attempts.areOver)
      try {
        const state = this.#state;
        if (state.kind === 'delivered' || state.kind === 'configured') await this.#watch(state.version);
        else await this.#list(state);
      } catch (error) {
        if (!this.#attempts.areOver) await this.#recover(error as Error);
      }
  }

  async #recover(error: Error): Promise<void> {
    const isFirst = this.#attempts.failures === 0;
    this.#attempts.failed();
    if (error instanceof ApiError && error.failure === 'gone') {
      this.#forgotten(error);
      // A server that says so again and again is not asked in a loop.
      if (isFirst) return;
    } else feedFailed(this.#parts, error);
    await this.#attempts.pauseAfter(error);
  }

  /** The server does not know any more what came after a version. */
  #forgotten(error: Error): void {
    const { logger, selection } = this.#parts;
    const fields = { resource: selection.resource.plural, error: error.message };
    if (this.#state.kind === 'delivered') {
      logger.warn(
        'The server has forgotten changes since the last one; objects that are newer are sent, deleted ones are not',
        fields,
      );
      this.#state = { kind: 'objects', after: this.#state.version };
    } else if (this.#state.kind === 'configured') {
      logger.info('The server does not know the configured version; the watch begins now', fields);
      this.#state = { kind: 'now' };
    }
  }

  async #list(state: Beginning & { readonly kind: 'now' | 'objects' }): Promise<void> {
    const { client, selection, status } = this.#parts;
    let version = '';
    let next = '';
    do {
      let newer: ApiJson[] = [];
      const ask = (limit: number): Promise<ListPage> =>
        this.#attempts.within(feedPageMs, (signal) => {
          newer = [];
          return client.list({ selection, limit, from: next }, (object) => newer.push(object), signal);
        });
      // Without objects only the version of the list counts.
      const page = state.kind === 'now' ? await ask(1) : await this.#pageSize.ask(ask);
      ({ version, next } = page);
      if (state.kind === 'now') break;
      newer = newer.filter((object) => isNewer(versionOf(object), state.after));
      if (newer.length > 0 && !(await this.#parts.deliver('ADDED', newer))) return;
    } while (next !== '');
    status.succeeded();
    this.#advance(version === '' || version === '0' ? '1' : version);
  }

  async #watch(version: string): Promise<void> {
    const { client, selection, random, clock, status } = this.#parts;
    const seconds = Math.round(watchSeconds * (1 + random() / 2));
    const began = clock.now();
    await this.#attempts.within(seconds * 1000 + graceMs, async (signal) => {
      const events = await client.watch(selection, version, seconds, signal);
      status.succeeded();
      for await (const event of events) {
        this.#attempts.succeeded();
        if (!(await this.#take(event))) return;
      }
      this.#attempts.succeeded();
    });
    // A server that ends each watch at once is not asked in a loop.
    if (clock.now() - began < shortestWatchMs) await this.#attempts.pause();
  }

  /** Whether the change has been delivered, or is not wanted. */
  async #take({ kind, object }: WatchEvent): Promise<boolean> {
    if (kind !== 'bookmark' && !(await this.#parts.deliver(changeTypes[kind], [object]))) return false;
    const version = versionOf(object);
    if (version !== undefined) this.#advance(version);
    return true;
  }

  #advance(version: string): void {
    this.#state = { kind: 'delivered', version };
    this.#parts.onVersion(version);
  }
}

function versionOf(object: ApiJson): string | undefined {
  return apiText(object, 'metadata', 'resourceVersion');
}
