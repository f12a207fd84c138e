import { text, type Report } from '../../../component/schema/schema.js';
import { pairsOf } from '../../../formats/key-value-pairs.js';
import { goQuoted } from '../../../strconv/quoted.js';
import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { formatFailure } from '../../parse/format-failure.js';
import { mostParts } from '../../parse/most-parts.js';
import { ParserOperator, type ParseTarget, type EntryParser } from '../../parse/parser.js';
import { parserOptions, type ParserOptions } from '../../parse/parser-options.js';

interface KeyValueOptions {
  readonly delimiter: string;
  readonly pair_delimiter: string;
}

/** Reads pairs such as `a=1 b="x y"` as entries of a map. */
export const keyValueParser: OperatorDefinition<KeyValueOptions & ParserOptions> = defineOperator<
  KeyValueOptions & ParserOptions
>({
  type: 'key_value_parser',
  config: parserOptions<KeyValueOptions>(
    'key_value_parser',
    {
      delimiter: text('=', { about: 'Text between a key and its value.' }),
      pair_delimiter: text('', { about: 'Text between two pairs. Default: a space.' }),
    },
    { required: { delimiter: 'missing required parameter `delimiter`' }, check },
  ),
  create: (options, { clock }) => new ParserOperator(new KeyValueParser(options), options, clock),
});

function check({ delimiter, pair_delimiter: between }: KeyValueOptions, report: Report): void {
  if (delimiter === (between === '' ? ' ' : between))
    report('delimiter and pair_delimiter cannot be the same value', ['pair_delimiter']);
}

class KeyValueParser implements EntryParser {
  readonly as = 'key value pairs';
  readonly #delimiter: string;
  readonly #between: string;

  constructor({ delimiter, pair_delimiter: between }: KeyValueOptions) {
    this.#delimiter = delimiter;
    this.#between = between === '' ? ' ' : between;
  }

  parse(text: string, target: ParseTarget): void {
    if (text === '') throw formatFailure('parse from field is empty');
    const pairs = pairsOf(text, this.#between, mostParts + 1);
    if (pairs === undefined)
      throw formatFailure('failed to parse pairs from input: never reached the end of a quoted value');
    if (pairs.length > mostParts) throw formatFailure(`more than ${mostParts} pairs`);
    for (const pair of pairs)
      if (!pair.includes(this.#delimiter))
        throw formatFailure(`cannot split ${goQuoted(pair)} into 2 items, got 1 item(s)`);
    const map = target.map();
    for (const pair of pairs) {
      const end = pair.indexOf(this.#delimiter);
      map.set(pair.slice(0, end).trim(), pair.slice(end + this.#delimiter.length).trim());
    }
  }
}
