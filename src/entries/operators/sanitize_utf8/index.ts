import { RawText } from '../../../otlp/build/any-value.js';
import { goTypeOf } from '../../entry-value.js';
import { compileField, fieldOption } from '../../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../../operator-options.js';
import { withoutInvalidRuns } from './invalid-runs.js';

interface SanitizeOptions extends CommonOperatorOptions {
  readonly field: string;
}

/** Puts one U+FFFD in the place of bytes that are not UTF-8. */
export const sanitizeUtf8: OperatorDefinition<SanitizeOptions> = defineOperator<SanitizeOptions>({
  type: 'sanitize_utf8',
  config: operatorOptions<Omit<SanitizeOptions, keyof CommonOperatorOptions>>('sanitize_utf8', {
    field: fieldOption('body', { about: 'Field with the text.' }),
  }),
  create(options) {
    const target = compileField(options.field || 'body');
    return {
      process(entry) {
        // A line that is read as UTF-8 is that already.
        if (entry.isLine && options.field === 'body') return undefined;
        const value = target.get(entry);
        if (value === undefined) return new EntryFailure(`field does not exist: ${target.text}`);
        if (typeof value === 'string') return undefined;
        if (value instanceof RawText) return target.set(entry, withoutInvalidRuns(value.bytes));
        return new EntryFailure(`type ${goTypeOf(value)} cannot be sanitized`);
      },
    };
  },
});
