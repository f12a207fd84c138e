import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { LedgerRow } from '../component/ledger.js';
import type { CheckedConfig, Configured } from '../config/checked.js';
import { render } from '../config/fault.js';
import { memoryLimit } from '../runtime/memory/budget.js';
import { ExtensionHost } from '../pipeline/extension-host.js';
import type { ProcessState } from '../pipeline/service.js';
import { ledgerSnapshot } from '../telemetry/ledger-metrics.js';
import { snapshotOf } from '../telemetry/merged.js';
import type { MetricFamily, Registry } from '../telemetry/registry.js';
import { createTelemetry, type ServiceTelemetry } from '../telemetry/service-telemetry.js';
import { EventQueue, takeSignals, type SignalEvent } from '../runtime/signals.js';
import { Fleet } from './fleet.js';

export interface LeadOptions {
  load(): Promise<CheckedConfig>;
  readonly state: ProcessState;
  readonly drainMs: number;
  readonly count: number;
}

type Event = SignalEvent | { readonly kind: 'failed'; readonly error: Error };

/**
 * Leads several workers that share the ports: it starts, watches and replaces them, and shows their metrics, books and health as those of
 * one program. Resolves with the exit code; rejects with what kept it from starting, unless a worker has told it already.
 */
export async function lead({ load, state, drainMs, count }: LeadOptions): Promise<number> {
  let config = await load();
  refuseSingleProcess(config, count);
  const folder = booksFolder();
  const events = new EventQueue<Event>();
  takeSignals(events);
  let front: Front | undefined;
  const fleet = new Fleet({
    count,
    folder,
    memoryBytes: memoryLimit().bytes / count,
    logger: () => (front as Front).telemetry.logger,
    failed: (error) => events.put({ kind: 'failed', error }),
  });
  try {
    front = await Front.open(config, state, fleet);
    front.telemetry.logger.info(`Starting ${state.buildInfo.command}...`, { Version: state.buildInfo.version, workers: count });
    if (!(await fleet.start())) return 1;
    front.ready();
    for (;;) {
      const event = await events.take();
      const { logger } = front.telemetry;
      switch (event.kind) {
        case 'stop': {
          logger.info('Received signal from OS', { signal: event.signal });
          front.notReady();
          const second = events.take().then((): 'second' => 'second');
          const ended = await Promise.race([fleet.stop(drainMs), second]);
          if (ended === 'second') {
            fleet.killAll();
            await fleet.stop(0);
          }
          const rows = fleet.rows();
          tellLedger(front.telemetry, rows);
          return ended === 'second' && rows.some((row) => row.kind === 'component' && (row.dropped['worker_died'] ?? 0) > 0) ? 1 : 0;
        }
        case 'failed':
          logger.error('Asynchronous error received, terminating process', { error: event.error });
          front.notReady();
          await fleet.stop(drainMs);
          return 0;
        case 'reload': {
          logger.info('Received signal from OS', { signal: 'hangup' });
          const next = await replaced({ load, drainMs, count }, fleet, front.telemetry);
          if (!next) break;
          await front.close();
          front = await Front.open(next, state, fleet).catch(async (error: Error) => {
            const old = await Front.open(config, state, fleet);
            old.telemetry.logger.error('The new service section does not work; metrics and health stay as they were', { error });
            return old;
          });
          front.ready();
          config = next;
          break;
        }
      }
    }
  } finally {
    await front?.close();
    fs.rmSync(folder, { recursive: true, force: true });
  }
}

/** Reads the configuration anew and replaces all workers by such as run it. Undefined, and the old ones keep running, when it is bad. */
async function replaced(
  { load, drainMs, count }: Pick<LeadOptions, 'load' | 'drainMs' | 'count'>,
  fleet: Fleet,
  { logger }: ServiceTelemetry,
): Promise<CheckedConfig | undefined> {
  let next: CheckedConfig;
  try {
    next = await load();
    refuseSingleProcess(next, count);
  } catch (error) {
    logger.error('The new configuration is bad; the old one keeps running', { error });
    return undefined;
  }
  logger.warn('Config updated, replacing the workers');
  if (await fleet.replace(drainMs)) return next;
  logger.error('The new configuration did not start; the old one keeps running');
  return undefined;
}

/** What the program shows of itself to the outside: log, metrics of all workers, and the extensions that run once. */
class Front {
  readonly telemetry: ServiceTelemetry;
  readonly #extensions: ExtensionHost;

  private constructor(telemetry: ServiceTelemetry, extensions: ExtensionHost) {
    this.telemetry = telemetry;
    this.#extensions = extensions;
  }

  static async open(config: CheckedConfig, state: ProcessState, fleet: Fleet): Promise<Front> {
    const families = async (own: Registry): Promise<Iterable<MetricFamily>> =>
      fleet.metrics.merge([snapshotOf(own.families.values()), ...(await fleet.snapshots()), ledgerSnapshot(fleet.rows(), 'kanmon')]);
    const { clock, random, buildInfo } = state;
    const telemetry = await createTelemetry(config.service.telemetry, buildInfo, clock, random, { kind: 'primary', families });
    try {
      await telemetry.listen();
      const extensions = await ExtensionHost.start(config, telemetry, state, {
        ledger: () => fleet.rows(),
        statuses: () => fleet.statuses(),
        fatal: (error) => fleet.fatal(error),
      });
      return new Front(telemetry, extensions);
    } catch (error) {
      await telemetry.close();
      throw error;
    }
  }

  ready(): void {
    this.#extensions.ready();
    this.telemetry.logger.info('Everything is ready. Begin running and processing data.');
  }

  notReady(): void {
    this.#extensions.notReady();
  }

  async close(): Promise<void> {
    await this.#extensions.stop();
    await this.telemetry.close();
  }
}

/** What only one process may own can't be in a pipeline of several. */
function refuseSingleProcess(config: CheckedConfig, count: number): void {
  const { pipelines } = config.service;
  const used = new Set(pipelines.flatMap(({ receivers, processors, exporters }) => [...receivers, ...processors, ...exporters]));
  const sections: readonly (readonly [string, ReadonlyMap<string, Configured<{ readonly singleProcess?: boolean }>>])[] = [
    ['receivers', config.receivers],
    ['processors', config.processors],
    ['exporters', config.exporters],
    ['connectors', config.connectors],
  ];
  for (const [section, components] of sections)
    for (const [id, configured] of components)
      if (configured.definition.singleProcess === true && used.has(id))
        throw new Error(
          `${section}::${id} can't run in ${count} workers: it owns what only one process may own. Use --workers 1, or move it to a gateway of its own.\n\n${render(configured.fault([], 'written here', undefined))}`,
        );
}

/** Memory where there is some, so that no disk is waited for before an answer. */
function booksFolder(): string {
  for (const parent of ['/dev/shm', os.tmpdir()]) {
    try {
      return fs.mkdtempSync(path.join(parent, 'kanmon-'));
    } catch {
      // The next one.
    }
  }
  throw new Error(`--workers needs a folder for the books of the workers: neither /dev/shm nor ${os.tmpdir()} can be written; set TMPDIR`);
}

function tellLedger({ logger }: ServiceTelemetry, rows: readonly LedgerRow[]): void {
  if (rows.length === 0) return;
  const even = rows.every((row) => row.kind === 'receiver' || row.balanced);
  if (even) logger.info('The ledger balances', { ledger: rows });
  else logger.error('The ledger does not balance: please report this as a bug of kanmon', { ledger: rows });
}
