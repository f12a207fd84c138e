import dns from 'node:dns/promises';
import net from 'node:net';
import { nodeTimeout } from '../../../component/clock.js';
import { names } from '../../../net/lookup.js';

/**
 * All addresses of a name, each once or as often as the answer has it. Rejects in Go's words; no address is a failure
 * too.
 */
export type Lookup = (hostname: string, timeoutMs: number) => Promise<string[]>;

/** As getaddrinfo does it: hosts file, search domains and whatever else the machine is set up for. */
export const systemLookup: Lookup = async (hostname, timeoutMs) => {
  try {
    const found = await names.find(hostname, timeoutMs);
    return found.map(({ address }) => address);
  } catch (error) {
    throw new Error(`lookup ${hostname}: ${reason(error as NodeJS.ErrnoException)}`, { cause: error });
  }
};

/** Asks these name servers for A and AAAA, past the machine's own setup. */
export function serverLookup(servers: readonly string[]): Lookup {
  return async (hostname, timeoutMs) => {
    if (net.isIP(hostname) !== 0) return [hostname];
    const resolver = new dns.Resolver({ timeout: nodeTimeout(timeoutMs), tries: 1 });
    resolver.setServers(servers);
    const answers = await Promise.allSettled([resolver.resolve4(hostname), resolver.resolve6(hostname)]);
    const addresses = answers.flatMap((answer) => (answer.status === 'fulfilled' ? answer.value : []));
    // Half an answer would take the other half out of the ring, unless the name has no such addresses.
    const failed = answers.find((answer) => answer.status === 'rejected' && !isEmptyAnswer(answer.reason));
    if (failed || addresses.length === 0) {
      const { reason: error } = (failed ?? answers[0]) as PromiseRejectedResult;
      throw new Error(`lookup ${hostname} on ${servers.join(', ')}: ${reason(error as NodeJS.ErrnoException)}`, {
        cause: error,
      });
    }
    return addresses;
  };
}

function isEmptyAnswer(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === dns.NODATA || code === dns.NOTFOUND;
}

function reason({ code, message }: NodeJS.ErrnoException): string {
  switch (code) {
    case 'ENOTFOUND':
    case 'ENODATA':
      return 'no such host';
    case 'EAI_AGAIN':
    case 'ESERVFAIL':
    case 'EREFUSED':
      return 'server misbehaving';
    case 'ETIMEOUT':
      return 'i/o timeout';
    default:
      return message;
  }
}
