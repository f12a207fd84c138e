import { logSizeOption, parseByteSize } from '../../../component/schema/byte-size.js';
import { choice, duration, int, text, type Report } from '../../../component/schema/schema.js';
import { conditionFault } from '../../condition.js';
import { fieldOption } from '../../field.js';
import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { checkedText, operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';
import { Recombine, type RecombineOptions } from './recombine.js';

type Options = RecombineOptions & CommonOperatorOptions;

const notNegative = (value: number): string | undefined => (value < 0 ? 'must not be negative' : undefined);

/** Joins consecutive entries of a source to one. */
export const recombineOperator: OperatorDefinition<Options> = defineOperator<Options>({
  type: 'recombine',
  config: operatorOptions<RecombineOptions>(
    'recombine',
    {
      is_first_entry: checkedText(
        { about: 'Expression that is true for the first entry of those that belong together.' },
        conditionFault,
      ),
      is_last_entry: checkedText(
        { about: 'The same for the last one; only one of the two can be set.' },
        conditionFault,
      ),
      combine_field: fieldOption('', { about: 'Field whose texts are joined.' }),
      combine_with: text('\n', { about: 'Text between them.' }),
      max_batch_size: int(1000, { about: 'Most entries that become one; 0: any number.' }, notNegative),
      max_unmatched_batch_size: int(
        100,
        { about: 'Most entries that become one before any has matched; 0: any number.' },
        notNegative,
      ),
      overwrite_with: choice(
        ['newest', 'oldest'],
        'newest',
        { about: 'Accepted: measured, the Collector keeps the other fields of the first entry either way.' },
        (value) => `invalid value '${value}' for parameter 'overwrite_with'`,
      ),
      force_flush_period: duration('5s', { about: 'Time after which what there is becomes an entry.' }, (ms) =>
        ms > 0 ? undefined : 'must be positive',
      ),
      source_identifier: fieldOption('attributes["log.file.path"]', {
        about: 'Field that tells sources apart. Needs `include_file_path` where it is not changed.',
      }),
      max_sources: int(1000, { about: 'Most sources at a time; one more hands on what all of them hold.' }, (value) =>
        value > 0 ? undefined : 'must be positive',
      ),
      max_log_size: logSizeOption('0', { about: 'Size of the joined text beyond which it is handed on; 0: any size.' }),
    },
    { required: { combine_field: "missing required argument 'combine_field'" }, check },
  ),
  create: (options, place) => new Recombine(options, parseByteSize(options.max_log_size) ?? 0, place),
});

function check({ is_first_entry: first, is_last_entry: last }: Options, report: Report): void {
  if (first === '' && last === '') report('one of is_first_entry and is_last_entry must be set', ['is_first_entry']);
  if (first !== '' && last !== '') report('only one of is_first_entry and is_last_entry can be set', ['is_last_entry']);
}
