import { sharedKey, type Lease, type Share, type SharedKey } from '../component/shared.js';
import type { Clock, Random } from '../component/clock.js';
import type { Logger } from '../component/telemetry.js';
import type { AccessConfig, AccessWorld, OwnAccess } from './access/access.js';
import { ApiClient } from './api-client.js';
import { selectionKey, type ObjectSelection } from './resource.js';
import { Watcher, type Subscriber } from './watcher.js';

const clientKey: SharedKey<ApiClient> = sharedKey<ApiClient>('kubernetes client');
const watcherKey: SharedKey<Watcher> = sharedKey<Watcher>('kubernetes watch');

/** The parts of a component's context that reading the API takes. */
export interface ClusterContext {
  readonly shared: Share;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** A component's reading of one selection. */
export interface ObjectReading {
  /** Ends it; the last component that reads a selection ends the watch of it. */
  release(): Promise<void>;
}

/**
 * The API of one cluster, as one component reads it: components with the same access share the connection, and those
 * that read the same selection one watch.
 */
export class Cluster {
  readonly #config: AccessConfig | OwnAccess;
  readonly #context: ClusterContext;
  readonly #accessKey: string;
  readonly #lease: Lease<ApiClient>;

  /** To be made in `start`. Throws `AccessError` when nothing says how to reach the API. */
  constructor(config: AccessConfig | OwnAccess, context: ClusterContext, env: NodeJS.ProcessEnv = process.env) {
    this.#config = config;
    this.#context = context;
    this.#accessKey =
      'open' in config ? config.key : JSON.stringify([config.auth_type, config.kube_config_path, config.context]);
    const world: AccessWorld = { env, clock: context.clock, logger: context.logger };
    this.#lease = context.shared(clientKey.of(this.#accessKey), () => new ApiClient(this.#config, world));
    try {
      this.#lease.value.open();
    } catch (error) {
      void this.#lease.release();
      throw error;
    }
  }

  /** For what watches do not do; it lives until `close`. */
  get client(): ApiClient {
    return this.#lease.value;
  }

  /** Reads a selection from now on. `resyncMs` and `timeoutSeconds` are those of the first that reads it. */
  read(
    selection: ObjectSelection,
    subscriber: Subscriber,
    times: { readonly resyncMs?: number; readonly timeoutSeconds?: number } = {},
  ): ObjectReading {
    const { clock, random, shared } = this.#context;
    const client = this.#lease.value;
    const lease = shared(
      watcherKey.of(`${this.#accessKey} ${selectionKey(selection)}`),
      () => new Watcher({ client, selection, clock, random, ...times }),
    );
    const unsubscribe = lease.value.subscribe(subscriber);
    return {
      async release() {
        unsubscribe();
        await lease.release();
      },
    };
  }

  /** After every reading has been released. */
  async close(): Promise<void> {
    await this.#lease.release();
  }
}
