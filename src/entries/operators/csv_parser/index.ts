import { flag, text, type Report } from '../../../component/schema/schema.js';
import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { ParserOperator } from '../../parse/parser.js';
import { parserOptions, type ParserOptions } from '../../parse/parser-options.js';
import { CsvParser, HeaderGate, type CsvParserOptions } from './csv-parser.js';

/** Reads a row of CSV as a map from the names of a header. */
export const csvParser: OperatorDefinition<CsvParserOptions & ParserOptions> = defineOperator<
  CsvParserOptions & ParserOptions
>({
  type: 'csv_parser',
  config: parserOptions<CsvParserOptions>(
    'csv_parser',
    {
      header: text('', { about: 'Names of the columns, separated by `header_delimiter`.' }),
      header_attribute: text('', { about: 'Attribute of the entry that has the names, in place of `header`.' }),
      header_delimiter: text('', { about: 'Character between the names. Default: `delimiter`.' }),
      delimiter: text(',', { about: 'Character between the fields.' }),
      lazy_quotes: flag(false, { about: 'A quote may stand within a field, and a single one within quotes.' }),
      ignore_quotes: flag(false, { about: 'Quotes are characters like any other.' }),
    },
    { check },
  ),
  create(options, { clock }) {
    const parser = new CsvParser(options);
    return new HeaderGate(parser, new ParserOperator(parser, options, clock));
  },
});

function check(value: CsvParserOptions, report: Report): void {
  const { header, header_attribute: attribute, header_delimiter: between, delimiter } = value;
  const separator = delimiter === '' ? ',' : delimiter;
  if (header === '' && attribute === '') report("missing required field 'header' or 'header_attribute'", ['header']);
  if (header !== '' && attribute !== '')
    report("only one header parameter can be set: 'header' or 'header_attribute'", ['header_attribute']);
  if (value.lazy_quotes && value.ignore_quotes)
    report("only one of 'ignore_quotes' or 'lazy_quotes' can be true", ['ignore_quotes']);
  if (!isCharacter(separator)) report(`invalid 'delimiter': '${separator}'`, ['delimiter']);
  else if (!value.ignore_quotes && /["\r\n\ufffd]/.test(separator))
    report("the delimiter cannot be a quote or a line end, unless 'ignore_quotes' is true", ['delimiter']);
  if (between !== '' && !isCharacter(between)) report(`invalid 'header_delimiter': '${between}'`, ['header_delimiter']);
  else if (isCharacter(separator) && header !== '' && !header.includes(between === '' ? separator : between))
    report('missing field delimiter in header', ['header']);
}

function isCharacter(text: string): boolean {
  return [...text].length === 1;
}
