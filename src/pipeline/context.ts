import type { ByteBudget } from '../component/budget.js';
import type { Clock, Random } from '../component/clock.js';
import type { BuildInfo, ComponentContext, ComponentKind } from '../component/define.js';
import type { Ledger } from '../component/ledger.js';
import type { LogFields, Logger, Meter } from '../component/telemetry.js';
import { SharedObjects } from '../component/shared.js';
import type { Succession } from '../component/succession.js';
import type { Tracer } from '../component/tracer.js';
import type { WorkerLinks } from './worker-links.js';

/** The things that a service gives to all its components. */
export interface Environment {
  readonly logger: Logger;
  readonly meter: Meter;
  readonly tracer: Tracer | undefined;
  readonly ledger: Ledger;
  readonly clock: Clock;
  readonly random: Random;
  readonly budget: ByteBudget;
  readonly succession: Succession;
  readonly buildInfo: BuildInfo;
  /** Set when this process is one of several workers. */
  readonly worker: WorkerLinks | undefined;
  /** Set while the configuration before runs what runs `once`; resolves when that has stopped. */
  readonly onceIsFree?: Promise<void> | undefined;
}

/** Makes the contexts of one running service; objects shared between signals live as long as it. */
export class Contexts {
  readonly #environment: Environment;
  readonly #gates: ReadonlySet<string>;
  readonly #shared: SharedObjects = new SharedObjects();

  /** @param gates - feature gates that are on */
  constructor(environment: Environment, gates: ReadonlySet<string>) {
    this.#environment = environment;
    this.#gates = gates;
  }

  make(kind: ComponentKind, id: string, fields: LogFields): ComponentContext {
    return {
      ...this.#environment,
      kind,
      id,
      gates: this.#gates,
      logger: this.#environment.logger.child({ 'otelcol.component.id': id, 'otelcol.component.kind': kind, ...fields }),
      shared: this.#shared.of(kind, id),
    };
  }
}
