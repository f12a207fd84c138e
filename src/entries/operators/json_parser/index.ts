import { flag } from '../../../component/schema/schema.js';
import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { ParserOperator } from '../../parse/parser.js';
import { parserOptions, type ParserOptions } from '../../parse/parser-options.js';
import { JsonParser } from './json-parser.js';

interface JsonOptions {
  readonly parse_ints: boolean;
}

/** Reads a JSON object; its members become entries of a map. */
export const jsonParser: OperatorDefinition<JsonOptions & ParserOptions> = defineOperator<JsonOptions & ParserOptions>({
  type: 'json_parser',
  config: parserOptions<JsonOptions>('json_parser', {
    parse_ints: flag(false, {
      about: 'Numbers without a point or an exponent become whole numbers; else all are doubles.',
    }),
  }),
  create: (options, { clock }) => new ParserOperator(new JsonParser(options.parse_ints), options, clock),
});
