import type { Encoding } from '../../net/compression/decompress.js';
import { declaredSize } from '../../net/http/fields.js';
import type { HttpRequest } from '../../net/http/server.js';
import type { Reservation } from '../admission.js';
import { Reception } from '../reception.js';
import { refuse, type Received, type Refused } from '../request-state.js';

/** Receives the body of a request, of at most `limit` bytes, under `reservation`. Never rejects. */
export function receiveBody(
  request: HttpRequest,
  encoding: Encoding | undefined,
  limit: number,
  reservation: Reservation,
): Promise<Received | Refused> {
  return new Promise((resolve) => {
    const reception = new Reception(reservation, limit, declaredSize(request));
    let over = false;
    const end = (state: () => Received | Refused): void => {
      if (over) return;
      over = true;
      resolve(state());
    };
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
