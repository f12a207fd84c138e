import { Ring, type RingVersion } from '../../otlp/keys/ring.js';
import { withPort, type Backend } from './backends.js';

/** The list of backends at one moment. It is replaced as a whole, never changed. */
export class Membership {
  readonly ring: Ring;
  /** One per distinct address: `host` and `host:4317` share theirs. */
  readonly backends: readonly Backend[];
  /** The backend of each endpoint of the ring. */
  readonly backendOf: Int32Array;

  /** @param endpoints - as the resolver gave them, sorted */
  constructor(endpoints: readonly string[], backends: ReadonlyMap<string, Backend>, version: RingVersion) {
    this.ring = new Ring(endpoints, version);
    const addresses = [...backends.keys()];
    this.backends = [...backends.values()];
    this.backendOf = Int32Array.from(endpoints, (endpoint) => addresses.indexOf(withPort(endpoint)));
  }
}
