import type { SpansOfName } from '../component/recent-spans.js';
import type { ServiceView } from '../component/service-view.js';
import type { CheckedConfig } from '../config/checked.js';
import { gates } from '../config/gates.js';
import type { ProcessState } from './service.js';

/** The state that changes while a configuration runs. */
export type LiveView = Pick<ServiceView, 'status' | 'pages'>;

/** A running configuration as data for a page. */
export function serviceView(
  config: CheckedConfig,
  state: ProcessState,
  spans: ReadonlyMap<string, SpansOfName> | undefined,
  live: LiveView,
): ServiceView {
  const isConnector = (id: string): boolean => config.connectors.has(id);
  return {
    buildInfo: state.buildInfo,
    startedMs: state.clock.unixMs(),
    pipelines: config.service.pipelines.map(({ id, signal, receivers, processors, exporters }) => ({
      ...{ id, signal, receivers, processors, exporters },
      connectors: [...receivers, ...exporters].filter(isConnector),
    })),
    extensions: [...new Set(config.service.extensions)],
    gates: gates.map(({ id, stage, description, from, to }) => ({
      ...{ id, stage, description, from, enabled: config.gates.has(id) },
      ...(to === undefined ? {} : { to }),
    })),
    ...live,
    ledger: () => state.books.rows(),
    spans,
  };
}
