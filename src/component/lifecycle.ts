import type { Capabilities, Capability } from './capability.js';
import type { Page } from './page.js';
import type { ServiceView } from './service-view.js';
import type { StatusEvent } from './status.js';

/**
 * The lifecycle law: what is downstream starts first, what is upstream stops first, receivers start last. `shutdown`
 * may be called before `start` and more than once, flushes downstream what the component still holds, and returns
 * before `deadline` aborts, having booked whatever it had to give up. At a reload a component starts while its
 * predecessor runs, unless its definition says `once`.
 */
export interface Lifecycle {
  start?(host: Host): Promise<void> | void;
  /** The service begins to stop; ports still answer, and data is still taken. Called on receivers and extensions. */
  notReady?(): void;
  shutdown?(deadline: AbortSignal): Promise<void> | void;
  /** The places that an exporter sends to now. It stops before receivers of this process that listen there. */
  sendsTo?(): readonly SendingAddress[];
  /** The addresses at which a receiver listens now. */
  listensAt?(): readonly ListeningAddress[];
}

export interface SendingAddress {
  readonly port: number;
  /** Its IP addresses, found within a second; none when that takes longer. Never rejects. */
  addresses(): Promise<readonly string[]>;
}

export interface ListeningAddress {
  /** An IP address; `0.0.0.0` or `::` for all of the machine. */
  readonly address: string;
  readonly port: number;
}

/** The running service as a component sees it. */
export interface Host {
  /**
   * The implementation of `capability` by the extension with this ID, as written. Throws when there is none, or when it
   * offers something else.
   */
  capability<K extends Capability>(capability: K, id: string): Capabilities[K];
  /**
   * Reports the state of the component that was started with this host (docs/spec/core.md#component-status); a fatal
   * error ends the whole service in an orderly way.
   */
  report(event: StatusEvent): void;
  /**
   * Adds a page to those that show the service, until the component has stopped or the returned function is called.
   * Throws when there is one at its path.
   */
  addPage(page: Page): () => void;
  /** The running service as data for a page. */
  inspect(): ServiceView;
}
