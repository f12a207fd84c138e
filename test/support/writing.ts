import { emptyContext, type RequestContext } from '../../src/component/consumer.js';
import { Succession } from '../../src/component/succession.js';
import { config } from '../../src/processors/single_writer/config.js';
import { createSingleWriter, type SingleWriter } from '../../src/processors/single_writer/single-writer.js';
import { PointSink } from './converted-points.js';
import { heldWorld, type HeldWorld } from './held-world.js';
import { hostWith } from './host.js';
import { metricsBatch, resource, type Json } from './metrics.js';
import type { Host } from '../../src/component/lifecycle.js';
import type { Page } from '../../src/component/page.js';

/** The processor's report of two writers. */
export interface Said {
  readonly metric: string;
  readonly writers: readonly string[];
  readonly violation: string;
  readonly cause: string;
}

/** The processor `single_writer` in a held world, and the points that leave it. */
export class Writing {
  readonly world: HeldWorld;
  readonly sink: PointSink = new PointSink();
  readonly processor: SingleWriter;
  readonly pages: Page[] = [];
  /** The answers to senders: the number of points that were rejected, and why. */
  readonly rejected: (readonly [items: number, message: string])[] = [];
  #refuses = false;

  constructor(options: Json = {}, succession: Succession = new Succession()) {
    this.world = heldWorld({ signal: 'metrics', id: 'single_writer', succession });
    const next = {
      consume: (...[batch]: Parameters<PointSink['consume']>): Promise<void> =>
        this.#refuses ? Promise.reject(new Error('the next component is down')) : this.sink.consume(batch),
    };
    this.processor = createSingleWriter(config.parse(options), this.world.context, next);
    const host: Host = {
      ...hostWith(),
      addPage: (page) => {
        this.pages.push(page);
        return () => {};
      },
    };
    this.processor.start(host);
  }

  /** The next component refuses what it is handed. */
  set refuses(refuses: boolean) {
    this.#refuses = refuses;
  }

  /** Seconds of the clock, as `at` of the support for metrics counts them. */
  get seconds(): number {
    return this.world.clock.unixMs() / 1000 - 1_700_000_000;
  }

  /** One request of a peer with the metrics of a service. */
  send(peer: string, ...metrics: readonly Json[]): Promise<void> {
    return this.sendFrom(peer, { 'service.name': 'shop' }, ...metrics);
  }

  sendFrom(peer: string, labels: Readonly<Record<string, string>>, ...metrics: readonly Json[]): Promise<void> {
    return this.request({ peer }, resource(labels, ...metrics));
  }

  request(context: Partial<RequestContext>, ...resources: readonly Json[]): Promise<void> {
    const partial = {
      rejected: (items: number, message: string): void => void this.rejected.push([items, message]),
    };
    return this.processor.consume(metricsBatch(...resources), { ...emptyContext, partial, ...context });
  }

  async pass(seconds: number): Promise<void> {
    await this.world.clock.pass(seconds * 1000);
  }

  /** The warnings so far, without what explains them. */
  said(): Said[] {
    return this.world.lines.map(({ fields }) => {
      const { metric, writers, violation, cause } = fields as unknown as Said;
      return { metric, writers, violation, cause };
    });
  }
}
