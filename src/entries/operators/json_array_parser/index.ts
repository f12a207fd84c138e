import { text } from '../../../component/schema/schema.js';
import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { ParserOperator } from '../../parse/parser.js';
import { parserOptions, type ParserOptions } from '../../parse/parser-options.js';
import { JsonArrayParser } from './json-array-parser.js';

interface JsonArrayOptions {
  readonly header: string;
}

/** Reads a JSON list, or with a header a map of its elements. */
export const jsonArrayParser: OperatorDefinition<JsonArrayOptions & ParserOptions> = defineOperator<
  JsonArrayOptions & ParserOptions
>({
  type: 'json_array_parser',
  config: parserOptions<JsonArrayOptions>('json_array_parser', {
    header: text('', { about: 'Names of the elements, separated by commas: the list becomes a map.' }),
  }),
  create: (options, { clock }) => new ParserOperator(new JsonArrayParser(options.header), options, clock),
});
