import type { Host } from './lifecycle.js';

/** Takes part in an election. The first call is `lead`; then the two take turns. */
export interface ElectionCandidate {
  /** This process leads from now on. */
  lead(): void;
  /**
   * Another process may lead from now on: nothing new is begun once the call has returned. Resolves when what was under
   * way has ended. Never rejects.
   */
  stepDown(): Promise<void>;
}

/**
 * An extension that chooses one of many processes with the same configuration offers this (`k8s_leader_elector`), so
 * that what reports something all of them see runs once.
 */
export interface LeaderElection {
  /** Takes part until the returned function is called, which resolves when a candidate that led has stepped down. */
  join(candidate: ElectionCandidate): () => Promise<void>;
}

/** Takes part in the election of the extension `elector`; '' for none: the candidate leads from now on. */
export function joinElection(elector: string, host: Host, candidate: ElectionCandidate): () => Promise<void> {
  if (elector !== '') return host.capability('leader_election', elector).join(candidate);
  candidate.lead();
  return () => candidate.stepDown();
}
