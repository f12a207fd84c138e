import type { SendingAddress } from '../component/lifecycle.js';
import { names } from './lookup.js';

/** How long the look-up of a name may take when the program ends, milliseconds. */
const lookupMs = 1000;

/** The place that a client sends to, for those who ask where that is. `host` is a name or an IP address. */
export function destinationOf(host: string, port: number): SendingAddress {
  return {
    port,
    addresses: () =>
      names.find(host === '' ? 'localhost' : host, lookupMs).then(
        (found) => found.map(({ address }) => address),
        () => [],
      ),
  };
}
