import type { TextFault } from '../component/config-value-error.js';
import { ExprError } from '../expr/expr-error.js';
import { expression, type CompiledExpr } from '../expr/expression.js';
import type { ExprValue } from '../expr/value.js';
import type { Vocabulary } from '../expr/vocabulary.js';
import type { EntryValue } from './entry-value.js';
import { entryText } from './entry-value.js';
import type { LogEntry } from './entry.js';
import { EntryFailure } from './operator.js';

/** Text that is not UTF-8 reads as text, and bytes as text too: the language has no type for either. */
function readable(value: EntryValue): ExprValue {
  if (typeof value !== 'object' || value === null) return value;
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  // A map or a list with such a value deep within hands it out as it is; operators on it then find a type they refuse.
  return entryText(value) ?? (value as ExprValue);
}

const body = { read: (entry: LogEntry): ExprValue => readable(entry.body) };

/** The names that expressions of operators know beside the language's own. */
const vocabulary: Vocabulary<LogEntry> = {
  variables: {
    $: body,
    body,
    attributes: { type: 'map', read: (entry) => entry.attributes as ReadonlyMap<string, ExprValue> },
    resource: { type: 'map', read: (entry) => entry.resource as ReadonlyMap<string, ExprValue> },
    severity: { type: 'int', read: (entry) => BigInt(entry.severity) },
    severity_text: { type: 'string', read: (entry) => entry.severityText },
  },
  functions: {
    env: {
      type: 'string',
      of: (name) => () => process.env[name] ?? '',
    },
  },
  unknown: 'nil',
};

/** Compiles an expression over entries. Throws an `ExprError`. */
export function entryExpression(source: string): CompiledExpr<LogEntry> {
  return expression(source, vocabulary);
}

/** The fault of an expression, and at which of its characters; undefined when it is good. */
export function expressionFault(source: string): TextFault | undefined {
  return faultOf(source, false);
}

/** The same for one that must be true or false. */
export function conditionFault(source: string): TextFault | undefined {
  return faultOf(source, true);
}

function faultOf(source: string, isCondition: boolean): TextFault | undefined {
  try {
    const { type } = entryExpression(source);
    if (!isCondition || type === undefined || type === 'bool') return undefined;
    return { message: `failed to compile expression '${source}': expected bool, but got ${type}` };
  } catch (error) {
    if (!(error instanceof ExprError)) throw error;
    return { message: `failed to compile expression '${source}': ${error.message}`, at: { offset: error.offset } };
  }
}

/** An expression that is true or false of an entry. */
export class EntryCondition {
  readonly #expression: CompiledExpr<LogEntry>;

  /** The configuration was checked for it. */
  constructor(source: string) {
    this.#expression = entryExpression(source);
  }

  /** A failure when its values are of other types than it needs, or it is neither true nor false. */
  test(entry: LogEntry): boolean | EntryFailure {
    const value = expressionValue(this.#expression, entry);
    if (typeof value === 'boolean' || value instanceof EntryFailure) return value;
    return new EntryFailure('the expression is neither true nor false');
  }
}

/** The value of an expression; a failure when its values are of other types than it needs. */
export function expressionValue(compiled: CompiledExpr<LogEntry>, entry: LogEntry): ExprValue | EntryFailure {
  try {
    return compiled.evaluate(entry);
  } catch (error) {
    if (error instanceof ExprError) return new EntryFailure(error.message);
    throw error;
  }
}
