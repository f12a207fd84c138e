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
  shutdown?(deadline: AbortSignal): Promise<void> | void;
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
