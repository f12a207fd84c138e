import type { Exporter, SignalContext } from '../../component/define.js';

/** Takes everything and keeps nothing. Its books count it as delivered: throwing away is what it was asked for. */
export function createExporter(context: SignalContext): Exporter {
  const edge = context.ledger.edge(context.id, context.signal);
  return {
    consume(batch) {
      edge.in(batch.itemCount);
      edge.out(batch.itemCount);
      return Promise.resolve();
    },
  };
}
