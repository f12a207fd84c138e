import type { Clock, Random } from '../component/clock.js';
import type { Shareable } from '../component/shared.js';
import { ApiError } from './api-error.js';
import type { ApiClient } from './api-client.js';
import { ApiAttempts } from './api-attempts.js';
import { apiText, type ApiJson } from './json.js';
import { PageSize } from './page-size.js';
import { briefObject } from './read-object.js';
import type { ObjectSelection } from './resource.js';
import type { WatchEvent } from './watch-events.js';

/** Learns of the objects of a selection. All calls are made in one turn of the event loop each. */
export interface Subscriber {
  /** An object that is new, has changed, or may have, without `managedFields`; `uid` names it for good. */
  upsert(uid: string, object: ApiJson): void;
  /** It is gone. */
  remove(uid: string): void;
  /** All objects that there are have been given: called after each list, and when a watch stands again. */
  synced(): void;
  /** The API cannot be read now; what is known stays. Called for each attempt that fails. */
  failed(error: Error): void;
}

type State =
  /** Nothing is known, or too old: all objects are listed. */
  | { readonly kind: 'listing' }
  /** All objects up to `version` are known. */
  | { readonly kind: 'watching'; readonly version: string }
  | { readonly kind: 'stopped' };

export interface WatcherOptions {
  readonly client: Pick<ApiClient, 'list' | 'watch'>;
  readonly selection: ObjectSelection;
  readonly clock: Clock;
  readonly random: Random;
  /** For one list request, and the time after which the server ends a watch; seconds. */
  readonly timeoutSeconds?: number;
  /** How often everything is listed anew although the watch stands, milliseconds; 0: never. */
  readonly resyncMs?: number;
}

/** Seconds that a watch lasts, and half of them more by chance, so that not all of a cluster come back at once. */
const watchSeconds = 300;
/** A server that says nothing for this long after a watch should have ended is gone, milliseconds. */
const graceMs = 30_000;
/** Limit for one page, milliseconds. */
const pageMs = 60_000;
/** A watch that ends sooner is one that the server does not keep, milliseconds. */
const shortestWatchMs = 500;

/**
 * Keeps the objects of one selection known: lists them, watches for changes, and lists anew when the server no longer
 * remembers what changed since (410). The next watch goes on where the one before ended, so that nothing is missed; a
 * failure is tried again with a growing pause.
 */
export class Watcher implements Shareable {
  readonly #options: WatcherOptions;
  readonly #subscribers: Set<Subscriber> = new Set();
  /** By UID the round of the list in which it was last seen. */
  readonly #seen: Map<string, number> = new Map();
  readonly #attempts: ApiAttempts;
  readonly #pageSize: PageSize = new PageSize();
  #state: State = { kind: 'listing' };
  #round = 0;
  /** A subscriber joined in the middle of a list, and has missed the begin of it. */
  #joined = false;
  #running: Promise<void> | undefined;
  /** Ends the watch under way. */
  #interrupt: (() => void) | undefined;

  constructor(options: WatcherOptions) {
    this.#options = options;
    this.#attempts = new ApiAttempts(options.clock, options.random);
  }

  /**
   * Gives `subscriber` all objects and what changes from now on, until the returned function is called. When it joins
   * others, everything is listed anew: no objects are kept here.
   */
  subscribe(subscriber: Subscriber): () => void {
    this.#subscribers.add(subscriber);
    if (!this.#running) this.#running = this.#run();
    else if (this.#state.kind === 'watching') this.#listAnew();
    else this.#joined = true;
    return () => void this.#subscribers.delete(subscriber);
  }

  async close(): Promise<void> {
    this.#state = { kind: 'stopped' };
    this.#attempts.stop();
    await this.#running;
  }

  #listAnew(): void {
    this.#state = { kind: 'listing' };
    this.#interrupt?.();
  }

  async #run(): Promise<void> {
    while (this.#state.kind !== 'stopped')
      try {
        if (this.#state.kind === 'watching') await this.#watch(this.#state.version);
        else {
          await this.#list();
          this.#attempts.succeeded();
        }
      } catch (error) {
        if (this.#attempts.areOver) return;
        await this.#recover(error as Error);
      }
  }

  async #recover(error: Error): Promise<void> {
    const isGone = error instanceof ApiError && error.failure === 'gone';
    const isFirst = this.#attempts.failures === 0;
    this.#attempts.failed();
    if (isGone) {
      this.#state = { kind: 'listing' };
      // A server that says so again and again is not asked in a loop.
      if (isFirst) return;
    } else for (const subscriber of this.#subscribers) subscriber.failed(error);
    await this.#attempts.pauseAfter(error);
  }

  async #list(): Promise<void> {
    const round = ++this.#round;
    this.#joined = false;
    const { client, selection } = this.#options;
    let version = '';
    let next = '';
    do {
      const page = await this.#pageSize.ask((limit) =>
        this.#attempts.within(pageMs, (signal) =>
          client.list({ selection, limit, from: next, read: briefObject }, (object) => this.#upsert(object), signal),
        ),
      );
      ({ version, next } = page);
    } while (next !== '');
    for (const [uid, seen] of this.#seen) if (seen !== round) this.#remove(uid);
    if (this.#attempts.areOver) return;
    if (this.#joined) return;
    this.#state = { kind: 'watching', version };
    for (const subscriber of this.#subscribers) subscriber.synced();
  }

  async #watch(version: string): Promise<void> {
    const { client, selection, random, clock, timeoutSeconds = watchSeconds, resyncMs = 0 } = this.#options;
    const seconds = Math.max(1, Math.round(timeoutSeconds * (1 + random() / 2)));
    let resync: (() => void) | undefined;
    const began = clock.now();
    try {
      await this.#attempts.within(seconds * 1000 + graceMs, async (signal, cancel) => {
        this.#interrupt = cancel;
        if (resyncMs > 0) resync = clock.after(resyncMs, () => this.#listAnew());
        const events = await client.watch(selection, version, seconds, signal, briefObject);
        if (this.#attempts.failures > 0) for (const subscriber of this.#subscribers) subscriber.synced();
        this.#attempts.succeeded();
        for await (const event of events) this.#take(event);
      });
    } catch (error) {
      // A list was asked for.
      if (this.#state.kind !== 'listing') throw error;
    } finally {
      this.#interrupt = undefined;
      resync?.();
    }
    // A server that ends each watch at once is not asked in a loop.
    if (this.#state.kind === 'watching' && clock.now() - began < shortestWatchMs) await this.#attempts.pause();
  }

  #take({ kind, object }: WatchEvent): void {
    if (this.#state.kind === 'watching') {
      const version = apiText(object, 'metadata', 'resourceVersion');
      if (version !== undefined) this.#state = { kind: 'watching', version };
    }
    if (kind === 'deleted') this.#remove(apiText(object, 'metadata', 'uid') ?? '');
    else if (kind !== 'bookmark') this.#upsert(object);
  }

  #upsert(object: ApiJson): void {
    const uid = apiText(object, 'metadata', 'uid');
    if (uid === undefined) return;
    this.#seen.set(uid, this.#round);
    for (const subscriber of this.#subscribers) subscriber.upsert(uid, object);
  }

  #remove(uid: string): void {
    if (this.#seen.delete(uid)) for (const subscriber of this.#subscribers) subscriber.remove(uid);
  }
}
