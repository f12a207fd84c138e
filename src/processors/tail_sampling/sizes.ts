import { ConfigValueError } from '../../component/config-value-error.js';
import { perDecision } from '../../sampling/decisions.js';
import type { Config } from './config.js';

/** The share of the memory limit that waiting spans may take when `max_pending_bytes` is not set. */
const pendingShare = 1 / 4;
/** Decisions that are remembered of each kind when nothing is set: as many, or this share of the memory limit. */
const remembered = 500_000;
const rememberedShare = 1 / 64;
/** 700 MiB of each kind. */
const mostDecisions = 2 ** 24;

export interface Sizes {
  readonly traces: number;
  readonly pendingBytes: number;
  readonly keptDecisions: number;
  readonly otherDecisions: number;
}

/** The sizes of a configuration under a memory limit, bytes. Throws a ConfigValueError for impossible ones. */
export function sizesOf(config: Config, memory: number): Sizes {
  const { max_pending_bytes: bytes, decision_cache: cache, num_traces: traces } = config;
  if (bytes > memory)
    throw new ConfigValueError(`max_pending_bytes is ${bytes}, and the memory limit is ${memory} bytes`, [
      'max_pending_bytes',
    ]);
  for (const [name, size] of Object.entries(cache))
    if (size > mostDecisions)
      throw new ConfigValueError(`${name} is ${size}, and at most ${mostDecisions} decisions can be remembered`, [
        'decision_cache',
        name,
      ]);
  const decisions = (asked: number): number => {
    if (asked > 0) return asked;
    // 0 remembers the traces that the Collector would still track.
    if (asked === 0) return Math.min(traces, mostDecisions);
    return Math.floor(Math.min(remembered, (memory * rememberedShare) / perDecision));
  };
  return {
    traces: Math.max(1, traces),
    pendingBytes: bytes || memory * pendingShare,
    keptDecisions: decisions(cache.sampled_cache_size),
    otherDecisions: decisions(cache.non_sampled_cache_size),
  };
}
