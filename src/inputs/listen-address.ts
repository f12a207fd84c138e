import { inUse } from '../component/schema/in-use.js';
import { text, type Schema } from '../component/schema/schema.js';
import { readListenAddress } from '../net/listening/listen-fault.js';

/** The option `listen_address` of a receiver that has a socket of its own. */
export function listenAddress(transport: 'tcp' | 'udp', example: string): Schema<string> {
  return inUse(
    text('', { about: `Where to listen, \`host:port\`, such as \`${example}\`. Must be set.` }),
    (value, { report, listens }) => {
      if (value === '') {
        report("missing required parameter 'listen_address'", [], undefined, `Set it, for example to ${example}.`);
        return;
      }
      const address = readListenAddress(value, transport);
      if ('message' in address) return report(address.message, [], address.at, address.hint);
      const taken = listens({ transport, ...address });
      if (taken !== undefined)
        report(
          `listen ${transport} ${value}: bind: address already in use by ${taken}`,
          [],
          undefined,
          'Give each server a place of its own, or leave one of the two out.',
        );
    },
  );
}
