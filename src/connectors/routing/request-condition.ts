import type { RequestContext } from '../../component/consumer.js';

/** A condition on one header or metadata key of a request. */
export interface RequestCondition {
  /** In lower case, as metadata are kept. */
  readonly key: string;
  readonly isEqual: boolean;
  readonly value: string;
}

const form = /^request\["([^"]*)"\]\s*(==|!=)\s*"([^"]*)"$/;

/** Parses `request["key"] == "value"`, or with `!=`. A fault is returned as a text. */
export function parseRequestCondition(text: string): RequestCondition | string {
  const [, key, operator, value] = form.exec(text.trim()) ?? [];
  if (key === undefined || value === undefined)
    return (
      'condition must have format \'request["<name>"] <comparator> "<value>"\': the comparators are == and !=, and ' +
      'there is nothing else in this context'
    );
  return { key: key.toLowerCase(), isEqual: operator === '==', value };
}

/** Whether a value of the key is equal, or for `!=` another one; without the key neither holds. */
export function holdsFor({ key, isEqual, value }: RequestCondition, { metadata }: RequestContext): boolean {
  return metadata.get(key)?.some((one) => (one === value) === isEqual) ?? false;
}
