import { flag, group, text, type Report, type Schema } from '../component/schema/schema.js';
import { pattern, patternFault } from '../pattern/pattern.js';
import type { LinePattern } from './pattern-finder.js';
import { textEncoding } from './text-encoding.js';

/** Options of every receiver that makes records of lines. */

export interface Multiline {
  readonly line_start_pattern: string;
  readonly line_end_pattern: string;
  readonly omit_pattern: boolean;
}

/** `^` and `$` match at line feeds too. */
const flags = '(?m)';

export const multilineOption: Schema<Multiline> = group<Multiline>(
  {
    line_start_pattern: text('', { about: 'Records begin where this pattern matches.' }, patternCheck('start')),
    line_end_pattern: text('', { about: 'Records end where this pattern matches.' }, patternCheck('end')),
    omit_pattern: flag(false, { about: 'Leave the matched text out of the body.' }),
  },
  ({ line_start_pattern: start, line_end_pattern: end }, report) => {
    if (start !== '' && end !== '')
      report('only one of line_start_pattern or line_end_pattern can be set', ['line_end_pattern']);
  },
);

export const encodingOption: Schema<string> = text(
  'utf-8',
  { about: 'Encoding of the text by its IANA name; `nop` makes bodies of bytes, without lines.' },
  (name) =>
    textEncoding(name)
      ? undefined
      : { message: `unsupported encoding '${name}'`, hint: 'Use a name such as utf-16le.' },
);

/** Checks what several of these options say together. */
export function checkLines(value: { readonly encoding: string; readonly multiline: Multiline }, report: Report): void {
  if (value.encoding.toLowerCase() !== 'nop') return;
  for (const option of ['line_start_pattern', 'line_end_pattern'] as const)
    if (value.multiline[option] !== '')
      report(`${option} should not be set when using nop encoding`, ['multiline', option]);
}

/** The pattern that divides lines; undefined: line feeds do. */
export function linePattern(options: Multiline): LinePattern | undefined {
  const { line_start_pattern: start, line_end_pattern: end, omit_pattern: omit } = options;
  if (start !== '') return { at: 'start', pattern: pattern(flags + start), omit };
  return end === '' ? undefined : { at: 'end', pattern: pattern(flags + end), omit };
}

function patternCheck(at: 'start' | 'end'): (source: string) => string | undefined {
  return (source) => {
    const fault = source === '' ? undefined : patternFault(flags + source);
    return fault === undefined ? undefined : `compile line ${at} regex: ${fault}`;
  };
}
