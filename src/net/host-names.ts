import { Resolver } from 'node:dns/promises';
import { nodeTimeout, type Clock } from '../component/clock.js';

/** How long a name is believed, milliseconds: as in the Collector. */
const keptMs = 300_000;
/** Addresses whose names are kept, and that wait to be looked up; strangers choose how many there are. */
const mostKept = 4096;
const mostWaiting = 64;
/** How long a name server may take, milliseconds. */
const answerMs = 2000;

interface Known {
  readonly name: string;
  readonly until: number;
}

/**
 * The names of addresses, from the hosts file or a name server, one look-up at a time; it holds no thread. Until it has
 * ended, and where there is no name, the address stands for it.
 */
export class HostNames {
  readonly #clock: Clock;
  readonly #ask: (address: string) => Promise<string>;
  /** The oldest first. */
  readonly #known: Map<string, Known> = new Map();
  readonly #waiting: Set<string> = new Set();
  #running = false;

  constructor(clock: Clock, ask: (address: string) => Promise<string> = nameOf) {
    this.#clock = clock;
    this.#ask = ask;
  }

  /** The name of an address, as far as it is known now. Asks for it otherwise. */
  of(address: string): string {
    const known = this.#known.get(address);
    if (known === undefined || known.until <= this.#clock.now()) this.#want(address);
    return known?.name ?? address;
  }

  #want(address: string): void {
    if (this.#waiting.size >= mostWaiting) return;
    this.#waiting.add(address);
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (const address of this.#waiting) {
      const name = await this.#ask(address).catch(() => address);
      this.#waiting.delete(address);
      this.#keep(address, name);
    }
    this.#running = false;
  }

  #keep(address: string, name: string): void {
    this.#known.delete(address);
    this.#known.set(address, { name, until: this.#clock.now() + keptMs });
    const [oldest] = this.#known.keys();
    if (this.#known.size > mostKept && oldest !== undefined) this.#known.delete(oldest);
  }
}

async function nameOf(address: string): Promise<string> {
  const [name] = await new Resolver({ timeout: nodeTimeout(answerMs), tries: 1 }).reverse(address);
  return name ?? address;
}
