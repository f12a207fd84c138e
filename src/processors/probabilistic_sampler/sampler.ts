import { changing } from '../../component/changing.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Config } from './config.js';
import { Mode } from './mode.js';
import { RecordSampler } from './record-sampler.js';
import { SpanSampler } from './span-sampler.js';
import { booking } from './telemetry.js';

/** Keeps a share of the spans or log records, each judged by itself. */
export function createProbabilisticSampler(config: Config, context: PipelineContext, next: Consumer): Processor {
  const { signal, meter, ledger } = context;
  const mode = new Mode(config);
  const books = ledger.component(context.id, signal);
  const book = booking(signal, config.from_attribute, meter, books);
  const make = (): SpanSampler | RecordSampler =>
    signal === 'logs' ? new RecordSampler(mode, config) : new SpanSampler(mode);
  const usual = make();
  return changing({
    next,
    books,
    *change(batch, large) {
      // Between the pieces of a large batch others are judged.
      const sampler = large ? make() : usual;
      const { batch: kept, tally } = yield* sampler.sampling(batch);
      return { batch: kept, book: () => book(tally) };
    },
  });
}
