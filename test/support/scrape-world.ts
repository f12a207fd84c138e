import type { Consumer, RequestContext } from '../../src/component/consumer.js';
import type { Receiver } from '../../src/component/define.js';
import type { DeliveryError } from '../../src/component/delivery-error.js';
import type { Succession } from '../../src/component/succession.js';
import { worksUnderWay } from '../../src/component/turn.js';
import { definition } from '../../src/receivers/prometheus/index.js';
import { heldWorld, type HeldWorld } from './held-world.js';
import { hostWith } from './host.js';
import { until } from './program.js';
import { pointsOf, type FlatPoint } from './scrape-target.js';

/** A receiver `prometheus` on a held clock, with all that it hands on. */
export class ScrapeWorld {
  readonly world: HeldWorld;
  readonly batches: FlatPoint[][] = [];
  readonly contexts: RequestContext[] = [];
  refuse: DeliveryError | undefined;
  /** Set: nothing comes of a batch, ever. */
  stuck = false;
  /** Set: batches are only counted, as empty lists. */
  unread = false;
  #receiver: Receiver | undefined;

  constructor(options: { readonly budget?: number; readonly succession?: Succession } = {}) {
    this.world = heldWorld({ signal: 'metrics', id: 'prometheus', ...options });
  }

  /** Starts a receiver with these options beside an offset of 1 ms. */
  async start(settings: object): Promise<this> {
    const next: Consumer = {
      consume: async (batch, context) => {
        this.contexts.push(context);
        if (this.stuck) await new Promise(() => {});
        if (this.refuse) throw this.refuse;
        this.batches.push(this.unread ? [] : pointsOf(batch));
      },
    };
    const config = definition.config.parse({ initial_scrape_offset: '1ms', ...settings });
    this.#receiver = await definition.create(config, { ...this.world.context, kind: 'receiver' }, next);
    await this.#receiver.start?.(hostWith());
    return this;
  }

  /** A receiver that scrapes one target every 10 s, as job `job`. */
  static job(address: string, job: object = {}, more: object = {}): Promise<ScrapeWorld> {
    return new ScrapeWorld().start(ScrapeWorld.settings(address, job, more));
  }

  static settings(address: string, job: object = {}, more: object = {}): object {
    const scrape = { job_name: 'job', scrape_interval: '10s', static_configs: [{ targets: [address] }], ...job };
    return { config: { scrape_configs: [scrape] }, ...more };
  }

  /** Lets time pass, and waits until `scrapes` have been handed on in all, each of them one batch. */
  async pass(ms: number, scrapes: number): Promise<FlatPoint[]> {
    await this.world.clock.pass(ms);
    await this.until(() => this.batches.length >= scrapes);
    return this.batches[scrapes - 1] ?? [];
  }

  async until(condition: () => boolean): Promise<void> {
    await until('scrapes', () => condition() && worksUnderWay() === 0);
  }

  async stop(deadline: AbortSignal = new AbortController().signal): Promise<void> {
    await this.#receiver?.shutdown?.(deadline);
  }
}

/** The points without those about the scrape itself. */
export function ofTarget(points: readonly FlatPoint[]): FlatPoint[] {
  return points.filter(({ name }) => name !== 'up' && !name.startsWith('scrape_'));
}

/** Points as `name{a=b} value`, with `stale` in place of a value that is not recorded. */
export function short(points: readonly FlatPoint[]): string[] {
  return points.map(({ name, attributes, point }) => {
    const labels = Object.entries(attributes).map(([key, value]) => `${key}=${String(value)}`);
    const value = point['flags'] === 1 ? 'stale' : textOf(point['asDouble'] ?? point['count']);
    return `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${value}`;
  });
}

function textOf(value: unknown): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : '0';
}

/** The values of the metrics of the scrape, by name. */
export function about(points: readonly FlatPoint[]): Readonly<Record<string, unknown>> {
  const own = points.filter(({ name }) => name === 'up' || name.startsWith('scrape_'));
  return Object.fromEntries(own.map(({ name, point }) => [name.replace('scrape_', ''), point['asDouble']]));
}
