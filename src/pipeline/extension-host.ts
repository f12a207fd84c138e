import { abortAfter, systemClock } from '../component/clock.js';
import type { LedgerRow } from '../component/ledger.js';
import { extensionIds } from '../component/schema/extension-ids.js';
import { mergedStatus, type ComponentStatus } from '../component/status.js';
import type { Logger, Meter } from '../component/telemetry.js';
import type { CheckedConfig } from '../config/checked.js';
import { buildGraph, type ExtensionNode } from './graph.js';
import { Instances } from './instances.js';
import type { ProcessState } from './service.js';
import { serviceView } from './view.js';

/** How long the extensions may take to end, milliseconds. */
const endWithinMs = 5000;

/** Everything that all workers have and do together. */
export interface AllWorkers {
  ledger(): readonly LedgerRow[];
  /** By number of worker. */
  statuses(): ReadonlyMap<number, readonly ComponentStatus[]>;
  /** An extension can't go on, so that the program has to end. */
  fatal(error: Error): void;
}

/** Extensions without pipelines: those that run once for several workers, and those that they name. */
export class ExtensionHost {
  readonly #instances: Instances;
  readonly #started: ExtensionNode[] = [];
  #left = false;

  private constructor(instances: Instances) {
    this.#instances = instances;
  }

  /** Rejects with what could not be created or started; nothing is left running then. */
  static async start(
    config: CheckedConfig,
    telemetry: { readonly logger: Logger; readonly meter: Meter },
    state: ProcessState,
    { ledger, statuses, fatal }: AllWorkers,
  ): Promise<ExtensionHost> {
    const { books, budget, succession, clock, random, buildInfo } = state;
    const environment = {
      ...telemetry,
      tracer: undefined,
      ledger: books,
      clock,
      random,
      budget,
      succession,
      buildInfo,
      worker: undefined,
    };
    const service = { ...config.service, pipelines: [], extensions: wanted(config) };
    const graph = await buildGraph({ ...config, service }, environment);
    const { logger } = telemetry;
    const instances = new Instances({
      ...{ graph, clock, logger, fatal },
      view: (live) => ({
        ...serviceView(config, state, undefined, { ...live, status: () => mergedStatus(live.status(), statuses()) }),
        ledger,
      }),
    });
    const all = new ExtensionHost(instances);
    for (const node of graph.extensions) {
      try {
        await instances.start(node);
        all.#started.push(node);
      } catch (error) {
        await all.stop();
        throw new Error(
          `failed to start extensions: failed to start extension "${node.id}": ${(error as Error).message}`,
          {
            cause: error,
          },
        );
      }
    }
    return all;
  }

  ready(): void {
    for (const { component } of this.#started) component.ready?.();
  }

  /** May be called again. */
  notReady(): void {
    if (this.#left) return;
    this.#left = true;
    for (const { component } of this.#started) component.notReady?.();
  }

  async stop(): Promise<void> {
    for (const node of this.#started.toReversed())
      await this.#instances.stop(node, abortAfter(systemClock, endWithinMs));
    this.#instances.board.close();
  }
}

/** The extensions that run once, and all that these name, directly or not, in the order of the configuration. */
function wanted({ service, extensions }: CheckedConfig): readonly string[] {
  const found = new Set<string>();
  const add = (id: string): void => {
    const configured = extensions.get(id);
    if (!configured || found.has(id)) return;
    found.add(id);
    for (const named of extensionIds(configured.definition.config, configured.config)) add(named.id);
  };
  for (const id of service.extensions) if (extensions.get(id)?.definition.once === true) add(id);
  return service.extensions.filter((id) => found.has(id));
}
