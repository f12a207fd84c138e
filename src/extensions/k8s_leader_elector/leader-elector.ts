import { randomUUID } from 'node:crypto';
import os from 'node:os';
import type { ComponentContext, Providing } from '../../component/define.js';
import { FailureStatus } from '../../component/failure-status.js';
import type { LeaderElection } from '../../component/leader-election.js';
import type { Host } from '../../component/lifecycle.js';
import { AccessError } from '../../kubernetes/access/access-error.js';
import { Cluster } from '../../kubernetes/cluster.js';
import type { Config } from './config.js';
import { Election } from './election.js';
import { LeaseLock } from './lease-lock.js';
import { leading, transitions } from './telemetry.js';

/** Elects one process among those with the same lease. Without access to the API nobody of this process leads. */
export function createLeaderElector(config: Config, context: ComponentContext): Providing<'leader_election'> {
  const elector = new LeaderElector(config, context);
  return {
    offers: { leader_election: elector },
    start: (host) => elector.start(host),
    shutdown: (deadline) => elector.shutdown(deadline),
  };
}

class LeaderElector implements LeaderElection {
  readonly #config: Config;
  readonly #context: ComponentContext;
  #cluster: Cluster | undefined;
  #election: Election | undefined;
  #forget: (() => void) | undefined;

  constructor(config: Config, context: ComponentContext) {
    this.#config = config;
    this.#context = context;
  }

  start(host: Host): void {
    const { clock, random, logger, meter, id } = this.#context;
    const { lease_name: name, lease_namespace: namespace } = this.#config;
    try {
      this.#cluster = new Cluster(this.#config, this.#context);
    } catch (error) {
      if (!(error instanceof AccessError)) throw error;
      logger.error('The API cannot be reached: this process never leads', { error: error.message });
      host.report({ status: 'permanent_error', error });
      return;
    }
    // The name of the pod, for people who look at the lease.
    const identity = `${os.hostname()}_${randomUUID()}`;
    logger.info('Takes part in the election as', { identity, lease: `${namespace}/${name}` });
    const status = new FailureStatus(clock, (event) => host.report(event));
    const turns = meter.counter(transitions, { extension: id });
    const { client } = this.#cluster;
    const election = (this.#election = new Election({
      lock: new LeaseLock({ client, clock, namespace, name, identity, durationMs: this.#config.lease_duration }),
      renewDeadlineMs: this.#config.renew_deadline,
      retryMs: this.#config.retry_period,
      ...{ clock, random, logger },
      onTurn: () => turns.add(1),
      onApi: (error) => (error ? status.failed(error) : status.succeeded()),
    }));
    this.#forget = meter.observe(leading, { extension: id }, () => (election.leads ? 1 : 0));
  }

  join(...[candidate]: Parameters<LeaderElection['join']>): () => Promise<void> {
    return this.#election?.join(candidate) ?? (() => Promise.resolve());
  }

  async shutdown(deadline: AbortSignal): Promise<void> {
    this.#forget?.();
    let late: (() => void) | undefined;
    const over = new Promise<void>((resolve) => (late = resolve));
    if (deadline.aborted) late?.();
    else deadline.addEventListener('abort', () => late?.(), { once: true });
    await Promise.race([this.#election?.close(), over]);
    await this.#cluster?.close();
  }
}
