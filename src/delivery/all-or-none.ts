import type { Clock } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import type { DeliveryError } from '../component/delivery-error.js';
import type { NoRoom } from '../component/reservation.js';
import { cancelled } from './send.js';
import { waitFor } from './wait.js';

/**
 * Hands a request on to several consumers once there is room at all of them. `reserve` reserves it everywhere or
 * nowhere; `handOn` uses it, and runs in the same turn. Where senders wait for room, nothing is held while waiting: the
 * first consumer without room is waited for, and then everything is reserved anew, within the sender's deadline and as
 * long as it stays. Rejects with the refusal of the first consumer without room, and then nothing was handed on.
 */
export async function allOrNone<R extends { readonly granted: true }>(
  reserve: () => R | NoRoom | undefined,
  handOn: (room: R | undefined) => Promise<void>,
  { deadline, signal }: Pick<RequestContext, 'deadline' | 'signal'>,
  clock: Clock,
): Promise<void> {
  for (;;) {
    const answer = reserve();
    if (answer?.granted !== false) return handOn(answer);
    const { whenRoom } = answer;
    if (!whenRoom) throw refused(answer, answer.error);
    let handedOn: Promise<void> | undefined;
    const end = await waitFor<void>({ clock, deadline, signal }, (woken) =>
      whenRoom(() => {
        const again = reserve();
        if (again?.granted !== false) handedOn = handOn(again);
        woken();
      }),
    );
    if (handedOn) return handedOn;
    if (end.by !== 'event') throw refused(answer, cancelled(end.by));
  }
}

function refused(by: NoRoom, error: DeliveryError): DeliveryError {
  by.refuse(error);
  return error;
}
