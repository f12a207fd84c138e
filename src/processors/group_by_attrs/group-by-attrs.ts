import { changing } from '../../component/changing.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import { refusingLargeGroups } from '../../component/large-groups.js';
import { regrouping } from '../../otlp/regroup/regrouping.js';
import { key } from '../../otlp/view/key.js';
import type { Config } from './config.js';
import { counting } from './telemetry.js';

/** Moves attributes to resources, and joins what is alike. */
export function createGroupByAttrs(config: Config, context: PipelineContext, next: Consumer): Processor {
  const { signal, meter, ledger } = context;
  const keys = [...new Set(config.keys)].map(key);
  const books = ledger.component(context.id, signal);
  const count = counting(signal, meter);
  return changing({
    next,
    books,
    *change(batch) {
      const regrouped = yield* refusingLargeGroups(regrouping(batch, keys));
      return {
        batch: regrouped.batch,
        book: () => {
          books.in(batch.itemCount);
          count(regrouped, batch.itemCount);
        },
      };
    },
  });
}
