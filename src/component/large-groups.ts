import { GroupsTooLarge } from '../otlp/regroup/regrouping.js';
import type { InPieces } from '../otlp/work.js';
import { DeliveryError } from './delivery-error.js';

/** The work on a batch that is refused for good when its groups would take many times its memory. */
export function* refusingLargeGroups<T>(work: InPieces<T>): InPieces<T> {
  try {
    return yield* work;
  } catch (thrown) {
    if (!(thrown instanceof GroupsTooLarge)) throw thrown;
    throw new DeliveryError(thrown.message, { class: 'permanent', reason: 'groups_too_large', local: true });
  }
}
