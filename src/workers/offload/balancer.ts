import { sleep, type Clock, type Random } from '../../component/clock.js';
import type { Consumer } from '../../component/consumer.js';
import type { OffloadEntry } from '../../pipeline/worker-links.js';
import type { LinkClient } from '../links/client.js';
import type { Links } from '../links/links.js';

/** How often workers exchange what they receive, and set shares anew, milliseconds. */
const everyMs = 100;
/** Below this load a worker keeps its batches: offloading has a cost of its own. */
const busy = 0.75;
/** A worker that receives less than this many times the mean of all keeps its batches. */
const tolerated = 1.3;
/** Part of the way to the share that would even things out, taken at a time. */
const gain = 0.5;
/** Maximum bytes in flight to one worker: a slower one is sent no more. */
const mostInFlight = 16 * 1024 * 1024;

export interface BalancerOptions {
  readonly links: Links;
  readonly clock: Clock;
  readonly random: Random;
  /** How busy this worker was since the last call, 0 to 1. */
  load(): number;
}

/**
 * Evens out the load of the workers where connections do not: a worker that is busy and receives much more than the
 * others offloads the part above the mean to them, so that a single long connection uses all workers. Where connections
 * are spread evenly, nothing moves.
 */
export class Balancer {
  /** Batches that another worker took so far. */
  offloaded = 0;
  readonly #options: BalancerOptions;
  /** Names of entries that accept batches of other workers. */
  readonly #entries: string[] = [];
  /** Bytes from own senders since the last time they were sent to the others. */
  #received = 0;
  #share = 0;
  #targets: readonly LinkClient[] = [];
  #turn = 0;
  /** Batches of other workers in progress. */
  #inProgress = 0;
  #stopTimer: (() => void) | undefined;

  constructor(options: BalancerOptions) {
    this.#options = options;
    this.#schedule();
  }

  between({ name, tracer, next }: OffloadEntry): Consumer {
    const { random, links } = this.#options;
    this.#entries.push(name);
    links.open(name, { next, tracer, spanName: 'worker/offload', busy: (change) => (this.#inProgress += change) });
    return {
      consume: async (batch, context) => {
        const bytes = batch.bytes.byteLength;
        this.#received += bytes;
        const client = this.#targets[this.#turn++ % Math.max(1, this.#targets.length)];
        if (client && random() < this.#share && client.accepts(name) && client.bytesInFlight + bytes <= mostInFlight) {
          const outcome = await client.send(name, batch, context);
          if (outcome.kind === 'failed') throw outcome.error;
          if (outcome.kind === 'taken') {
            this.offloaded++;
            return;
          }
        }
        await next.consume(batch, context);
      },
    };
  }

  /** Accepts nothing more from others; resolves when what it accepted is done, or `deadline` aborts. */
  async stop(deadline: AbortSignal): Promise<void> {
    for (const name of this.#entries) this.#options.links.close(name);
    this.#targets = [];
    this.#stopTimer?.();
    while (!deadline.aborted && this.#inProgress > 0) await sleep(this.#options.clock, 20);
  }

  #schedule(): void {
    this.#stopTimer = this.#options.clock.after(everyMs, () => {
      this.#balance();
      this.#schedule();
    });
  }

  #balance(): void {
    const { links, load } = this.#options;
    const current = load();
    const received = this.#received;
    this.#received = 0;
    links.sendReceived(received);
    const clients = links.readyClients();
    const mean = clients.reduce((sum, client) => sum + client.received, received) / (clients.length + 1);
    const wanted = current >= busy && received > tolerated * mean ? 1 - mean / received : 0;
    this.#share += gain * (wanted - this.#share);
    this.#targets = wanted > 0 ? clients.filter((client) => client.received < mean) : [];
  }
}
