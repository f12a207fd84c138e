import { WholeFloat } from '../../../component/schema/expanded.js';
import { anyWritten, type Report } from '../../../component/schema/schema.js';
import { entryExpression, expressionFault, expressionValue } from '../../condition.js';
import { EntryMap } from '../../entry-map.js';
import { copyOfValue, type EntryValue } from '../../entry-value.js';
import { compileField, fieldOption } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';

interface AddOptions extends CommonOperatorOptions {
  readonly field: string;
  readonly value: unknown;
}

/** Sets a field to a value, or to that of an expression. */
export const addOperator: OperatorDefinition<AddOptions> = defineOperator<AddOptions>({
  type: 'add',
  config: operatorOptions<Omit<AddOptions, keyof CommonOperatorOptions>>(
    'add',
    {
      field: fieldOption('', { about: 'Field that is set. A map is added to the map that is there.' }),
      value: anyWritten({ about: 'Any value, or `EXPR(...)` for that of an expression.' }),
    },
    { required: { field: 'add: field is empty' }, check },
  ),
  create({ field: written, value }) {
    const target = compileField(written);
    const source = expressionOf(value);
    if (source === undefined) {
      const constant = entryValue(value);
      return { process: (entry) => target.set(entry, copyOfValue(constant)) };
    }
    const compiled = entryExpression(source);
    return {
      process(entry) {
        const result = expressionValue(compiled, entry);
        if (result instanceof EntryFailure) return new EntryFailure(`evaluate value_expr: ${result.message}`);
        return target.set(entry, copyOfValue(result as EntryValue));
      },
    };
  },
});

function check({ value }: AddOptions, report: Report): void {
  if (value === undefined) return report("add: 'value' is missing", ['value']);
  const source = expressionOf(value);
  const fault = source === undefined ? undefined : expressionFault(source);
  if (fault !== undefined) report(fault.message, ['value'], { offset: prefix.length + (fault.at?.offset ?? 0) });
}

const prefix = 'EXPR(';

/** Only a value that is wholly an expression is one here. */
function expressionOf(value: unknown): string | undefined {
  if (typeof value !== 'string' || !value.startsWith(prefix) || !value.endsWith(')')) return undefined;
  return value.slice(prefix.length, -1);
}

/** A value of the configuration as one of an entry: whole numbers are int64. */
function entryValue(value: unknown): EntryValue {
  if (value instanceof WholeFloat) return value.value;
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'bigint') return value;
  if (Array.isArray(value)) return value.map(entryValue);
  if (typeof value !== 'object' || value === null) return null;
  const map = new EntryMap();
  for (const [key, each] of Object.entries(value)) map.set(key, entryValue(each));
  return map;
}
