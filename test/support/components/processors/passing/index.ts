import { defineProcessor, type ProcessorDefinition } from '../../../../../src/component/define.js';
import { group } from '../../../../../src/component/schema/schema.js';

/**
 * For benchmarks: hands on what it receives, wherever it is; `by_trace` without a folder is the same behind an
 * exchange.
 */
export const definition: ProcessorDefinition<object> = defineProcessor<object>({
  type: 'passing',
  stability: { traces: 'Development', logs: 'Development' },
  config: group<object>({}),
  telemetry: { metrics: [], reasons: {} },
  create: (_config, _context, next) => ({ consume: (batch, request) => next.consume(batch, request) }),
});
