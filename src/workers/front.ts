import type { CheckedConfig } from '../config/checked.js';
import { shownError } from '../config/shown-error.js';
import { ExtensionHost } from '../pipeline/extension-host.js';
import type { ProcessState } from '../pipeline/service.js';
import { ledgerSnapshot } from '../telemetry/ledger-metrics.js';
import { snapshotOf } from '../telemetry/merged.js';
import type { MetricFamily, Registry } from '../telemetry/registry.js';
import { createTelemetry, type ServiceTelemetry } from '../telemetry/service-telemetry.js';
import type { Fleet } from './fleet.js';
import { incompleteBooks } from './metrics.js';

/**
 * The face that several workers show to the outside as one program: log, metrics of all, and the extensions that run
 * once.
 */
export class Front {
  readonly telemetry: ServiceTelemetry;
  readonly #extensions: ExtensionHost;

  private constructor(telemetry: ServiceTelemetry, extensions: ExtensionHost) {
    this.telemetry = telemetry;
    this.#extensions = extensions;
  }

  static async open(config: CheckedConfig, state: ProcessState, fleet: Fleet): Promise<Front> {
    const families = async (own: Registry): Promise<Iterable<MetricFamily>> =>
      fleet.metrics.merge([
        snapshotOf(own.families.values()),
        ...(await fleet.snapshots()),
        ledgerSnapshot(fleet.rows(), 'kanmon'),
      ]);
    const { clock, random, buildInfo } = state;
    const role = { kind: 'primary', families } as const;
    const telemetry = await createTelemetry(config.service.telemetry, buildInfo, clock, random, role).catch(
      (error: unknown) => Promise.reject(shownError(error, config.service.shown)),
    );
    try {
      telemetry.meter.observe(incompleteBooks, {}, () => fleet.incompleteBooks);
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

  /** May be called again. */
  notReady(): void {
    this.#extensions.notReady();
  }

  async close(): Promise<void> {
    await this.#extensions.stop();
    await this.telemetry.close();
  }
}
