import type { Encoding } from '../../net/compression/decompress.js';
import { declaredSize } from '../../net/http/fields.js';
import type { HttpRequest } from '../../net/http/server.js';
import type { Reservation } from '../admission.js';
import type { Bodies, IncomingBody } from '../bodies.js';
import { Reception } from '../reception.js';
import { refuse, type Received, type Refused } from '../request-state.js';

export interface BodyOptions {
  readonly encoding: Encoding | undefined;
  /** Bytes. */
  readonly limit: number;
  readonly reservation: Reservation;
  /** In `Clock.now()` milliseconds; undefined for none. */
  readonly deadline: number | undefined;
  readonly bodies: Bodies;
}

/** Receives the body of a request. Never rejects. */
export function receiveBody(request: HttpRequest, options: BodyOptions): Promise<Received | Refused> {
  const { encoding, limit, reservation, deadline, bodies } = options;
  return new Promise((resolve) => {
    const reception = new Reception(reservation, limit, declaredSize(request));
    let over = false;
    const end = (state: () => Received | Refused): void => {
      if (over) return;
      over = true;
      bodies.end(body);
      resolve(state());
    };
    const body: IncomingBody = {
      reservation,
      deadline,
      get size() {
        return reception.size;
      },
      cut: (why) =>
        end(() => {
          reception.abandon();
          return refuse({ kind: why });
        }),
    };
    bodies.begin(body);
    const gone = (): void =>
      end(() => {
        reception.abandon();
        return refuse({ kind: 'sender_left' });
      });
    request.on('data', (chunk: Uint8Array) => {
      if (over) return;
      const refusal = reception.append(chunk, 0, chunk.length);
      if (refusal) end(() => refuse(refusal));
    });
    request.once('end', () => end(() => ({ step: 'received', body: reception.complete(), encoding })));
    request.once('aborted', gone);
    request.once('error', gone);
  });
}
