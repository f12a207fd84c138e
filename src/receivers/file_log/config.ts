import { group, map, text, type Schema } from '../../component/schema/schema.js';
import { operatorsOption, type OperatorList } from '../../entries/config.js';
import { fileAttributesShape, type FileAttributesOptions } from '../../files/attribute-options.js';
import { checkFiles, fileShape, type FileOptions } from '../../files/options.js';
import { retryOptions, type RetryOptions } from '../../intake/retry-options.js';
import { templateFault } from '../../entries/text-template.js';

/** docs/spec/agent.md#file-log-config. Times in milliseconds. */
export interface Config extends FileOptions, FileAttributesOptions {
  readonly attributes: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly operators: OperatorList;
  readonly retry_on_failure: RetryOptions;
}

const template: Schema<string> = text('', undefined, templateFault);

export const config: Schema<Config> = group<Config>(
  {
    ...fileShape,
    ...fileAttributesShape,
    attributes: map(template, { about: 'Attributes of all records; `EXPR(...)` within a value is an expression.' }),
    resource: map(template, { about: 'Attributes of the resource, in the same form.' }),
    operators: operatorsOption({ about: 'Operators that every record goes through.' }),
    retry_on_failure: retryOptions,
  },
  checkFiles,
);
