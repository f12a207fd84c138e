import type { TargetGroup } from '../target/target.js';

/** Where targets come from. */
export interface Discovery {
  /** Finds targets from now on. `found` is called with all of them, at first soon and then whenever they change. */
  start(found: (groups: readonly TargetGroup[]) => void): void;
  /** Finds no more. */
  stop(): Promise<void>;
}

/** Targets that are written in the configuration. */
export function staticDiscovery(groups: readonly TargetGroup[]): Discovery {
  return {
    start: (found) => found(groups),
    stop: () => Promise.resolve(),
  };
}
