import { offered } from '../component/capability.js';
import type { LedgerRow } from '../component/ledger.js';
import type { Host } from '../component/lifecycle.js';
import { extensionIds } from '../component/schema/extension-ids.js';
import type { Logger, Meter } from '../component/telemetry.js';
import type { CheckedConfig } from '../config/checked.js';
import { buildGraph, type ExtensionNode } from './graph.js';
import type { ProcessState } from './service.js';
import { serviceView } from './view.js';

/** How long the extensions may take to end, milliseconds. */
const endWithinMs = 5000;

/** Extensions without pipelines: those that run once for several workers, and those that they name. */
export class ExtensionHost {
  readonly #started: readonly ExtensionNode[];

  private constructor(started: readonly ExtensionNode[]) {
    this.#started = started;
  }

  /** Rejects with what could not be created or started; nothing is left running then. */
  static async start(
    config: CheckedConfig,
    telemetry: { readonly logger: Logger; readonly meter: Meter },
    state: ProcessState,
    rows: () => readonly LedgerRow[],
  ): Promise<ExtensionHost> {
    const { books, budget, clock, random, buildInfo } = state;
    const environment = {
      ...telemetry,
      tracer: undefined,
      ledger: books,
      clock,
      random,
      budget,
      buildInfo,
      worker: false,
      spread: undefined,
    };
    const service = { ...config.service, pipelines: [], extensions: wanted(config) };
    const { extensions } = await buildGraph({ ...config, service }, environment);
    const view = { ...serviceView(config, state, undefined), ledger: rows };
    const host: Host = {
      capability: (capability, id) => offered(capability, id, extensions.find((node) => node.id === id)?.component),
      fatal: () => {},
      report: () => {},
      inspect: () => view,
    };
    const started: ExtensionNode[] = [];
    const all = new ExtensionHost(started);
    for (const node of extensions) {
      try {
        await node.component.start?.(host);
        started.push(node);
      } catch (error) {
        await all.stop();
        throw new Error(`failed to start extensions: failed to start extension "${node.id}": ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
    return all;
  }

  ready(): void {
    for (const { component } of this.#started) component.ready?.();
  }

  notReady(): void {
    for (const { component } of this.#started) component.notReady?.();
  }

  async stop(): Promise<void> {
    for (const { component } of this.#started.toReversed()) await component.shutdown?.(AbortSignal.timeout(endWithinMs));
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
