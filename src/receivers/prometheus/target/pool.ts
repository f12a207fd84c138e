import { abortSignal } from '../../../component/cancellation.js';
import { resultInTurns } from '../../../component/turn.js';
import type { InPieces } from '../../../otlp/work.js';
import type { Discovery } from '../discovery/discovery.js';
import type { JobSettings } from '../options/settings.js';
import type { CredentialedClient } from './client.js';
import type { Departed } from './departed.js';
import { TargetLoop, type LoopContext } from './loop.js';
import { within } from './within.js';
import { targetOf, type ScrapedTarget, type TargetGroup } from './target.js';

/** Targets that are relabelled between two pauses. */
const targetsAtOnce = 64;

/** The targets of one job, as its discoveries find them, each scraped by a loop of its own. */
export class JobPool {
  readonly #settings: JobSettings;
  readonly #client: CredentialedClient;
  readonly #discoveries: readonly Discovery[];
  readonly #shared: LoopContext;
  readonly #departed: Departed;
  readonly #found: Map<Discovery, readonly TargetGroup[]> = new Map();
  readonly #loops: Map<string, TargetLoop> = new Map();
  readonly #leaving: Set<Promise<void>> = new Set();
  /** The targets of groups that have been relabelled: most of them stay when others change. */
  readonly #relabelled: WeakMap<TargetGroup, readonly ScrapedTarget[]> = new WeakMap();
  #syncing: Promise<void> = Promise.resolve();
  #stopped = false;

  constructor(
    settings: JobSettings,
    client: CredentialedClient,
    discoveries: readonly Discovery[],
    shared: LoopContext,
    departed: Departed,
  ) {
    this.#settings = settings;
    this.#client = client;
    this.#discoveries = discoveries;
    this.#shared = shared;
    this.#departed = departed;
  }

  start(): void {
    for (const discovery of this.#discoveries)
      discovery.start((groups) => {
        this.#found.set(discovery, groups);
        this.#syncing = this.#syncing.then(() => this.#sync());
      });
  }

  /** The loops that run. */
  get loops(): readonly TargetLoop[] {
    return [...this.#loops.values()];
  }

  /** Ends discoveries and loops; `once`: every target is scraped once more before that. */
  async stop(deadline: AbortSignal, once: boolean): Promise<readonly TargetLoop[]> {
    this.#stopped = true;
    const discoveries = Promise.all(this.#discoveries.map((discovery) => discovery.stop()));
    // They find nothing any more, whether they have ended or not.
    await within(deadline, discoveries, () => {});
    await this.#syncing;
    const loops = this.loops;
    await Promise.all(loops.map((loop) => loop.stop(deadline)));
    if (once && !deadline.aborted) await Promise.all(loops.map((loop) => loop.last(deadline)));
    await Promise.all(this.#leaving);
    await this.#client.close();
    return loops;
  }

  async #sync(): Promise<void> {
    if (this.#stopped) return;
    const { context } = this.#shared;
    const targets = await resultInTurns(this.#targets());
    if (this.#stopped) return;
    for (const [identity, loop] of this.#loops) {
      if (targets.has(identity)) continue;
      this.#loops.delete(identity);
      this.#leave(loop);
    }
    for (const [identity, target] of targets) {
      if (this.#loops.has(identity)) continue;
      const loop = new TargetLoop(target, this.#settings, this.#client, this.#shared, this.#departed.take(identity));
      this.#loops.set(identity, loop);
      loop.start();
    }
    const { targetLimit } = this.#settings;
    const fault =
      targetLimit > 0 && targets.size > targetLimit
        ? new Error(`target_limit exceeded (number of targets: ${targets.size}, limit: ${targetLimit})`)
        : undefined;
    if (fault) context.logger.error('Error creating targets', { scrape_pool: this.#settings.name, error: fault });
    for (const loop of this.#loops.values()) loop.fault = fault;
  }

  #leave(loop: TargetLoop): void {
    const leaving = loop.stop(abortSignal(this.#shared.over)).then(() => {
      this.#leaving.delete(leaving);
      // It may have come back in the meantime, as new.
      if (this.#loops.has(loop.target.identity)) loop.handOver();
      else this.#departed.add(loop);
    });
    this.#leaving.add(leaving);
  }

  *#targets(): InPieces<Map<string, ScrapedTarget>> {
    const targets = new Map<string, ScrapedTarget>();
    let work = 0;
    for (const groups of this.#found.values())
      for (const group of groups) {
        let ofGroup = this.#relabelled.get(group);
        if (!ofGroup) {
          const fresh: ScrapedTarget[] = [];
          for (const address of group.targets) {
            if (++work % targetsAtOnce === 0) yield;
            const target = this.#relabel(address, group);
            if (target) fresh.push(target);
          }
          this.#relabelled.set(group, (ofGroup = fresh));
        }
        for (const target of ofGroup) targets.set(target.identity, target);
      }
    return targets;
  }

  #relabel(address: string, { labels }: TargetGroup): ScrapedTarget | undefined {
    try {
      return targetOf(address, labels, this.#settings);
    } catch (error) {
      const { logger } = this.#shared.context;
      logger.error('Creating target failed', { scrape_pool: this.#settings.name, target: address, error });
      return undefined;
    }
  }
}
