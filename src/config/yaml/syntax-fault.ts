import { isCollection, isScalar, isSeq, Scalar, visit, type Document, type Node, type YAMLError } from 'yaml';
import type { Fault } from '../fault.js';
import { positionOf, type Place, type Source } from '../place.js';

/**
 * The reason why a text is no YAML; undefined when it is. The parser goes on after a mistake and then does not
 * understand what follows, so that only the first of its errors is about the text.
 */
export function syntaxFault(document: Document, source: Source): Fault | undefined {
  const [first, ...others] = document.errors;
  if (!first) return undefined;
  const error = others.reduce((before, next) => (next.pos[0] < before.pos[0] ? next : before), first);
  const unclosed = unclosedAt(error, document);
  if (unclosed) {
    const place = { source, start: unclosed.start, length: 1 };
    const end = positionOf({ source, start: error.pos[0], length: 1 });
    const sameLine = positionOf(place).line === end.line;
    return {
      path: '',
      message:
        `this is not valid YAML: the ${unclosed.sign} that opens here is not closed before ` +
        (sameLine ? `column ${end.column}` : `line ${end.line}`),
      place,
      hint: sameLine ? 'Close it.' : 'Close it, and indent each further line of it.',
    };
  }
  return {
    path: '',
    message: `this is not valid YAML: ${wordsOf(error)}`,
    place: placeOf(error, source),
    hint: /^Unexpected flow-\w+-end/.test(error.message) ? 'Nothing is open here: remove it.' : hints[error.code],
  };
}

function wordsOf({ message }: YAMLError): string {
  const words = message.replace(/^Unexpected [\w-]+ token in YAML stream: /, 'unexpected ');
  return words.slice(0, 1).toLowerCase() + words.slice(1);
}

const hints: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'Indent with spaces, in all lines.',
  BAD_INDENT: 'Keys of one map start in the same column.',
  BLOCK_AS_IMPLICIT_KEY: 'Text with ": " in it stands in quotes; a map stands in lines of its own, indented.',
  MULTILINE_IMPLICIT_KEY: 'A key ends with a colon, in the same line.',
  MISSING_CHAR: 'A key ends with a colon and a space.',
  BAD_SCALAR_START: 'Put the value in quotes.',
  UNEXPECTED_TOKEN: 'If it belongs to the value before it, put all of that in quotes.',
};

function placeOf({ code, pos: [start, end] }: YAMLError, source: Source): Place {
  // The parser points behind the line before the one that is indented otherwise.
  const skipped = code === 'BAD_INDENT' ? (/^\s*/.exec(source.text.slice(start))?.[0].length ?? 0) : 0;
  return skipped > 0
    ? { source, start: start + skipped, length: 1 }
    : { source, start, length: Math.max(1, end - start) };
}

/** The quote that an error says is not closed, or the outermost of such brackets. */
function unclosedAt({ code, message, pos: [at] }: YAMLError, document: Document): Opened | undefined {
  const quote = code === 'MISSING_CHAR' && message.includes('quote');
  const bracket = /end with a [\]}]$/.test(message);
  if (!quote && !bracket) return undefined;
  let found: Opened | undefined;
  visit(document, (_key, node) => {
    const start = (node as Node | undefined)?.range?.[0];
    if (start === undefined || start > at) return undefined;
    const sign = quote ? quoteOf(node) : bracketOf(node);
    if (sign !== undefined && (!found || start > found.start)) found = { sign, start };
    return sign === undefined ? undefined : visit.SKIP;
  });
  return found;
}

interface Opened {
  readonly sign: string;
  readonly start: number;
}

function quoteOf(node: unknown): string | undefined {
  if (!isScalar(node)) return undefined;
  return node.type === Scalar.QUOTE_DOUBLE ? '"' : node.type === Scalar.QUOTE_SINGLE ? "'" : undefined;
}

function bracketOf(node: unknown): string | undefined {
  if (!isCollection(node) || node.flow !== true) return undefined;
  return isSeq(node) ? '[' : '{';
}
