import type { EntryValue } from '../entry-value.js';
import type { LogEntry } from '../entry.js';
import { compileField, fieldOption, type EntryField } from '../field.js';
import { defineOperator, EntryFailure, type OperatorDefinition } from '../operator.js';
import { operatorOptions, type CommonOperatorOptions } from '../operator-options.js';

export interface FromToOptions extends CommonOperatorOptions {
  readonly from: string;
  readonly to: string;
}

interface BetweenFields {
  readonly type: 'copy' | 'move';
  /** The descriptions of the two options. */
  readonly about: { readonly from: string; readonly to: string };
  /** The value that goes to the other field; undefined where there is none. */
  value(from: EntryField, entry: LogEntry): EntryValue | undefined;
}

/** An operator that brings the value of one field to another. */
export function betweenFields({ type, about, value }: BetweenFields): OperatorDefinition<FromToOptions> {
  return defineOperator<FromToOptions>({
    type,
    config: operatorOptions<Pick<FromToOptions, 'from' | 'to'>>(
      type,
      { from: fieldOption('', { about: about.from }), to: fieldOption('', { about: about.to }) },
      { required: { from: `${type}: missing from field`, to: `${type}: missing to field` } },
    ),
    create(options) {
      const [from, to] = [compileField(options.from), compileField(options.to)];
      return {
        process(entry) {
          const found = value(from, entry);
          if (found === undefined) return new EntryFailure(`${type}: field does not exist: ${from.text}`);
          return to.set(entry, found);
        },
      };
    },
  });
}
