import { readCsvRow } from '../../../formats/csv-row.js';
import type { Expression } from '../../expression.js';
import { converter, type Converter } from '../../function.js';
import { OttlError, StatementError } from '../../ottl-error.js';
import { literalString, optional, string } from '../../parameters.js';
import type { Scene } from '../../scene.js';

const parameters = {
  target: string(),
  header: string(),
  delimiter: optional(literalString()),
  header_delimiter: optional(literalString()),
  mode: optional(literalString()),
};

/** Reads one row of CSV as a map from the names of a header; of equal names the last one holds. */
export const parseCsv: Converter = converter('ParseCSV', parameters, (args) => {
  const delimiter = delimiterOf('delimiter', args.delimiter ?? ',');
  const headerDelimiter = delimiterOf('header_delimiter', args.header_delimiter ?? delimiter);
  const read = readerOf(args.mode ?? 'strict', delimiter);
  return (scene) => {
    const text = valueOf('target', args.target, scene);
    const header = valueOf('header', args.header, scene);
    if (header === '') throw new OttlError('headers must not be an empty string');
    const names = header.split(headerDelimiter);
    const fields = read(text);
    if (fields.length !== names.length)
      throw new OttlError(`map csv headers: wrong number of fields: expected ${names.length}, found ${fields.length}`);
    return new Map(names.map((name, index) => [name, fields[index]]));
  };
});

function delimiterOf(parameter: string, delimiter: string): string {
  if ([...delimiter].length !== 1) throw new StatementError(`${parameter} must be a single character`);
  return delimiter;
}

function readerOf(mode: string, delimiter: string): (text: string) => readonly string[] {
  if (mode === 'ignoreQuotes') return (text) => text.split(delimiter);
  if (mode !== 'strict' && mode !== 'lazyQuotes')
    throw new StatementError(`unknown mode: ${mode} (modes are strict, lazyQuotes and ignoreQuotes)`);
  if (/["\r\n]/.test(delimiter))
    throw new StatementError('the delimiter cannot be a quote or a line end in mode strict or lazyQuotes');
  const lazyQuotes = mode === 'lazyQuotes';
  return (text) => readCsvRow(text, { delimiter, lazyQuotes, error: (message) => new OttlError(message) });
}

function valueOf(name: string, expression: Expression<string>, scene: Scene): string {
  try {
    return expression.get(scene);
  } catch (error) {
    if (error instanceof OttlError)
      throw new OttlError(`error getting value for ${name} in ParseCSV: ${error.message}`);
    throw error;
  }
}
