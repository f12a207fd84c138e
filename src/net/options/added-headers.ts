import { isOfMessage } from '../../component/schema/header-field.js';
import { inUse } from '../../component/schema/in-use.js';
import { headers, type Schema } from '../../component/schema/schema.js';

/** Header fields that a user adds to messages of HTTP. Those that HTTP writes itself are left out, with a warning. */
export function addedHeaders(docs: {
  readonly about: string;
}): Schema<readonly (readonly [name: string, value: string])[]> {
  return inUse(headers(docs), (pairs, { warnHere }) => {
    for (const [name, value] of pairs)
      if (isOfMessage(name, value))
        warnHere(`the header ${JSON.stringify(name)} has no effect: HTTP writes it itself`, 'Remove it.');
  });
}
