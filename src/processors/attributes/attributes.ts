import { changingAttributes } from '../../attributes/changing-attributes.js';
import type { Consumer } from '../../component/consumer.js';
import type { PipelineContext, Processor } from '../../component/define.js';
import type { Config } from './config.js';
import { ItemAttributes } from './item-attributes.js';

/** Changes attributes of spans, log records and data points. */
export function createAttributes(config: Config, context: PipelineContext, next: Consumer): Processor {
  for (const [name, match] of [
    ['include', config.include],
    ['exclude', config.exclude],
  ] as const)
    if (context.signal === 'metrics' && match && match.resources.length > 0)
      context.logger.warn(
        `"resources" of "${name}" has no effect on data points, as in the Collector: use an OTTL condition of the ` +
          'transform processor',
      );
  return changingAttributes(context, next, () => new ItemAttributes(config, context.signal));
}
