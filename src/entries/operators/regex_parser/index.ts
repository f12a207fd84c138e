import { group, int, type Schema } from '../../../component/schema/schema.js';
import { pattern } from '../../../pattern/pattern.js';
import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { checkedText, regexFault } from '../../operator-options.js';
import { ParserOperator } from '../../parse/parser.js';
import { parserOptions, type ParserOptions } from '../../parse/parser-options.js';
import { RegexParser } from './regex-parser.js';

interface CacheOptions {
  readonly size: number;
}

interface RegexOptions {
  readonly regex: string;
  readonly cache: CacheOptions;
}

const largestCache = 65_535;

const cache: Schema<CacheOptions> = group<CacheOptions>({
  size: int(0, { about: 'Matches that are kept for texts that come again; 0: none.', unit: 'texts' }, (size) =>
    size < 0 || size > largestCache ? `must be from 0 to ${largestCache}` : undefined,
  ),
});

/** Reads the named groups of a regular expression as entries of a map. */
export const regexParser: OperatorDefinition<RegexOptions & ParserOptions> = defineOperator<
  RegexOptions & ParserOptions
>({
  type: 'regex_parser',
  config: parserOptions<RegexOptions>(
    'regex_parser',
    {
      regex: checkedText({ about: 'Regular expression of Go; each named group becomes an entry.' }, groupsFault),
      cache,
    },
    { required: { regex: "missing required field 'regex'" } },
  ),
  create: (options, { clock }) =>
    new ParserOperator(new RegexParser(options.regex, options.cache.size), options, clock),
});

function groupsFault(source: string): string | undefined {
  const fault = regexFault(source);
  if (fault !== undefined) return fault;
  const { groupNames } = pattern(source);
  return groupNames.some((name) => name !== '') ? undefined : 'no named capture groups in regex pattern';
}
