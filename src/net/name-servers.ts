import { Resolver } from 'node:dns/promises';
import type { CancelSignal } from '../component/cancellation.js';
import { withoutEnd } from '../component/without-end.js';

/**
 * Questions to the name servers of the system that are no look-ups of addresses: what a name stands for, and the name
 * of an address. They take no thread of Node's pool.
 */
export class NameServers {
  readonly #resolver: Resolver;

  /**
   * @param questionMs - for one question to one server, milliseconds
   * @param signal - ends all questions
   */
  constructor(questionMs: number, signal: CancelSignal) {
    this.#resolver = new Resolver({ timeout: questionMs, tries: 1 });
    signal.addEventListener('abort', () => this.#resolver.cancel());
  }

  /** The name that `name` is an alias of; `name` itself where it has addresses, undefined where it is not known. */
  async canonical(name: string): Promise<string | undefined> {
    const [alias] = await this.#resolver.resolveCname(name).catch(() => []);
    if (alias !== undefined) return withoutEnd(alias, '.');
    const four = await this.#resolver.resolve4(name).catch(() => []);
    const found = four.length > 0 ? four : await this.#resolver.resolve6(name).catch(() => []);
    return found.length > 0 ? withoutEnd(name, '.') : undefined;
  }

  /** The name of an address; undefined where it has none. */
  async nameOf(address: string): Promise<string | undefined> {
    const [name] = await this.#resolver.reverse(address).catch(() => []);
    return name === undefined ? undefined : withoutEnd(name, '.');
  }
}
