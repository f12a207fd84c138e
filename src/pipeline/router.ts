import type { Clock } from '../component/clock.js';
import type { Consumer } from '../component/consumer.js';
import type { ConnectorRouter } from '../component/define.js';
import { fanOut } from './fan-out.js';

/** The pipelines behind one connector, by ID. */
export class PipelineRouter implements ConnectorRouter {
  readonly pipelineIds: readonly string[];
  readonly #entries: ReadonlyMap<string, Consumer>;
  readonly #clock: Clock;

  /** `entries` are in the order of the configuration. */
  constructor(entries: ReadonlyMap<string, Consumer>, clock: Clock) {
    this.#entries = entries;
    this.#clock = clock;
    this.pipelineIds = [...entries.keys()];
  }

  consumer(ids: readonly string[]): Consumer {
    if (ids.length === 0) throw new Error('no pipeline is named');
    return fanOut(
      [...new Set(ids)].map((id) => this.#entry(id)),
      this.#clock,
    );
  }

  #entry(id: string): Consumer {
    const entry = this.#entries.get(id);
    if (!entry) throw new Error(`pipeline ${JSON.stringify(id)} does not have this connector among its receivers`);
    return entry;
  }
}
