import type { ListeningPlace } from '../component/schema/in-use.js';

interface Claimed {
  readonly place: ListeningPlace;
  /** The server that listens there, for a message. */
  readonly by: string;
}

const loopback = new Set(['localhost', '127.0.0.1', '::1']);
const everywhere = new Set(['', '0.0.0.0', '::']);

/**
 * The places at which the servers of one configuration listen. Two of them at one place can't start: the second is
 * found here before any port is opened. Names other than `localhost` are compared as they are written.
 */
export class ListeningPlaces {
  readonly #claimed: Claimed[] = [];

  /** Notes that `by` listens at `place`; returns the server that does already, if there is one. */
  claim(place: ListeningPlace, by: string): string | undefined {
    const earlier = this.#claimed.find((other) => areOne(other.place, place))?.by;
    if (earlier === undefined) this.#claimed.push({ place, by });
    return earlier;
  }
}

function areOne(a: ListeningPlace, b: ListeningPlace): boolean {
  if (a.transport === 'unix' || b.transport === 'unix') return a.transport === b.transport && a.host === b.host;
  if (a.port !== b.port || a.port === 0 || (a.transport === 'udp') !== (b.transport === 'udp')) return false;
  // A socket for one family leaves the port of the other free.
  if (a.transport !== 'tcp' && b.transport !== 'tcp' && a.transport !== b.transport) return false;
  const [one, other] = [a.host.toLowerCase(), b.host.toLowerCase()];
  if (everywhere.has(one) || everywhere.has(other)) return true;
  return one === other || (loopback.has(one) && loopback.has(other));
}
