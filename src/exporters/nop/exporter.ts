import type { Exporter, SignalContext } from '../../component/define.js';

/** Takes everything and keeps nothing. Its books count it as delivered: throwing away is what it was asked for. */
export function createExporter(context: SignalContext): Exporter {
  const books = context.ledger.component(context.id, context.signal);
  return {
    consume(batch) {
      books.in(batch.itemCount);
      books.out(batch.itemCount);
      return Promise.resolve();
    },
  };
}
