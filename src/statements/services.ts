import type { Clock, Random } from '../component/clock.js';
import type { RequestContext } from '../component/consumer.js';
import { hostOfPeer } from '../component/peer-host.js';
import type { FunctionServices } from '../ottl/function.js';
import type { ClientInfo } from '../ottl/scene.js';

/** Services for statements that are compiled to be checked, and never run. */
export const noServices: FunctionServices = { now: () => 0n, randomBytes: () => {} };

/** The clock and the randomness of a component, for its statements. */
export function functionServices({
  clock,
  random,
}: {
  readonly clock: Clock;
  readonly random: Random;
}): FunctionServices {
  return {
    now: () => BigInt(Math.trunc(clock.unixMs() * 1000)) * 1000n,
    randomBytes: (bytes) => {
      for (let i = 0; i < bytes.length; i++) bytes[i] = Math.floor(random() * 256);
    },
  };
}

/** The sender of a request as the paths below `otelcol` show it. */
export function clientInfo({ peer, metadata, grpcMetadata, auth }: RequestContext): ClientInfo {
  return { address: peer === undefined ? undefined : hostOfPeer(peer), metadata, grpcMetadata, auth };
}
