import { extensionId, type Shape } from '../component/schema/schema.js';
import { operatorsOption, type OperatorList } from '../entries/config.js';
import { labelsOption } from './labels.js';
import { retryOptions, type RetryOptions } from '../intake/retry-options.js';

/** The options of every receiver that makes records of what it reads, whatever the source. */
export interface RecordConfig {
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly operators: OperatorList;
  readonly retry_on_failure: RetryOptions;
  readonly storage: string;
}

/** `storage`: what is kept there, as a sentence. */
export function recordShape(storage: string): Shape<RecordConfig> {
  return {
    attributes: labelsOption({ about: 'Attributes for every record; `EXPR(...)` in a value is an expression.' }),
    resource: labelsOption({ about: 'The same for the resource.' }),
    operators: operatorsOption({ about: 'Operators that each record goes through, in this order.' }),
    retry_on_failure: retryOptions,
    storage: extensionId('storage', { about: storage }, true),
  };
}
