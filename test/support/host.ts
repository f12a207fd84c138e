import { offered } from '../../src/component/capability.js';
import type { Extension } from '../../src/component/define.js';
import type { Host } from '../../src/component/lifecycle.js';
import type { ServiceView } from '../../src/component/service-view.js';

const nothing: ServiceView = {
  buildInfo: { command: 'kanmon', description: '', version: '0' },
  startedMs: 0,
  pipelines: [],
  extensions: [],
  gates: [],
  status: () => [],
  pages: () => [],
  ledger: () => [],
  spans: undefined,
};

/**
 * A host of a component under test, with these extensions. The component's own reports are added to `reports`.
 */
export function hostWith(
  extensions: Readonly<Record<string, Pick<Extension, 'offers'>>> = {},
  view: Partial<ServiceView> = {},
  reports: string[] = [],
): Host {
  return {
    capability: (capability, id) => offered(capability, id, extensions[id]),
    report: (event) => void reports.push('error' in event ? `${event.status}: ${event.error.message}` : event.status),
    addPage: () => () => {},
    inspect: () => ({ ...nothing, ...view }),
  };
}
