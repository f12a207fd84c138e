import type { ConnectionOptions } from 'node:tls';
import type { Dispatcher } from 'undici';

/** The connections of the present certificate. Those of one that was replaced go on until their requests have ended. */
export class CertifiedDispatcher {
  readonly #tls: (() => ConnectionOptions) | undefined;
  readonly #make: (secure: ConnectionOptions | undefined) => Dispatcher;
  /** With the TLS options that it was made with. */
  #present: { readonly secure: ConnectionOptions | undefined; readonly dispatcher: Dispatcher } | undefined;
  readonly #replaced: Set<Dispatcher> = new Set();

  /**
   * @param tls - the present options, the same object as long as they do not change
   * @param make - connections with these options
   */
  constructor(tls: (() => ConnectionOptions) | undefined, make: (secure: ConnectionOptions | undefined) => Dispatcher) {
    this.#tls = tls;
    this.#make = make;
  }

  get present(): Dispatcher {
    const secure = this.#tls?.();
    if (this.#present?.secure === secure && this.#present) return this.#present.dispatcher;
    const replaced = this.#present?.dispatcher;
    const dispatcher = this.#make(secure);
    this.#present = { secure, dispatcher };
    if (replaced) {
      this.#replaced.add(replaced);
      // Its requests end first.
      void replaced.close().then(() => this.#replaced.delete(replaced));
    }
    return dispatcher;
  }

  /** Cuts off what is under way. */
  async destroy(): Promise<void> {
    const all = [...this.#replaced, ...(this.#present ? [this.#present.dispatcher] : [])];
    await Promise.all(all.map((dispatcher) => dispatcher.destroy()));
  }
}
