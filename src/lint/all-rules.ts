import type { Rule } from './rule.js';
import { authWithoutTls } from './rules/auth-without-tls.js';
import { batchBeforeRouting } from './rules/batch-before-routing.js';
import { batchBeforeStorage } from './rules/batch-before-storage.js';
import { clusterReceiverReplicated } from './rules/cluster-receiver-replicated.js';
import { credentialsWithoutTls } from './rules/credentials-without-tls.js';
import { debugPageOpen } from './rules/debug-page-open.js';
import { decisionWaitAboveTimeout } from './rules/decision-wait-above-timeout.js';
import { decisionWaitTooShort } from './rules/decision-wait-too-short.js';
import { deltaToPrometheus } from './rules/delta-to-prometheus.js';
import { deprecatedSpelling } from './rules/deprecated-spelling.js';
import { detailedDebug } from './rules/detailed-debug.js';
import { detectionBehindHop } from './rules/detection-behind-hop.js';
import { failoverHidden } from './rules/failover-hidden.js';
import { hostMetricsOnGateway } from './rules/host-metrics-on-gateway.js';
import { limitPerInstance } from './rules/limit-per-instance.js';
import { limiterAboveContainer } from './rules/limiter-above-container.js';
import { limiterMissing } from './rules/limiter-missing.js';
import { limiterNotFirst } from './rules/limiter-not-first.js';
import { logFilesOnGateway } from './rules/log-files-on-gateway.js';
import { logPositionForgotten } from './rules/log-position-forgotten.js';
import { loopBetweenTiers } from './rules/loop-between-tiers.js';
import { messageAboveLimit } from './rules/message-above-limit.js';
import { metricsAfterSampling } from './rules/metrics-after-sampling.js';
import { noSamplingPolicy } from './rules/no-sampling-policy.js';
import { oneAddressToBalance } from './rules/one-address-to-balance.js';
import { openReceiver } from './rules/open-receiver.js';
import { plainTextOutside } from './rules/plain-text-outside.js';
import { portNotServed } from './rules/port-not-served.js';
import { probeNotAnswered } from './rules/probe-not-answered.js';
import { queueAboveMemory } from './rules/queue-above-memory.js';
import { receivedTwice } from './rules/received-twice.js';
import { receiverUnreachable } from './rules/receiver-unreachable.js';
import { retryWithoutBound } from './rules/retry-without-bound.js';
import { ringsDiffer } from './rules/rings-differ.js';
import { routedRetryFromZero } from './rules/routed-retry-from-zero.js';
import { sampledTwice } from './rules/sampled-twice.js';
import { scalingMovesState } from './rules/scaling-moves-state.js';
import { scrapeReplicated } from './rules/scrape-replicated.js';
import { secretInPlainText } from './rules/secret-in-plain-text.js';
import { senderBehindHop } from './rules/sender-behind-hop.js';
import { senderLost } from './rules/sender-lost.js';
import { sentTwice } from './rules/sent-twice.js';
import { splitServices } from './rules/split-services.js';
import { splitStreams } from './rules/split-streams.js';
import { splitTraces } from './rules/split-traces.js';
import { stickyConnections } from './rules/sticky-connections.js';
import { storagePerBackend } from './rules/storage-per-backend.js';
import { storageWithShortRetry } from './rules/storage-with-short-retry.js';
import { targetInfoWriters } from './rules/target-info-writers.js';
import { timeoutBelowNext } from './rules/timeout-below-next.js';
import { tlsNotVerified } from './rules/tls-not-verified.js';
import { tooFewTraces } from './rules/too-few-traces.js';
import { unmatchedDataDropped } from './rules/unmatched-data-dropped.js';
import { unusedComponent } from './rules/unused-component.js';
import { writersWithoutIdentity } from './rules/writers-without-identity.js';

/** All rules, in the order of docs/lint/README.md. A test holds it to the files of `rules/`. */
export const rules: readonly Rule[] = [
  // Placement: what must run on each host, or once.
  hostMetricsOnGateway,
  logFilesOnGateway,
  clusterReceiverReplicated,
  scrapeReplicated,
  detectionBehindHop,
  senderBehindHop,
  // Routing: what belongs together reaches one instance.
  splitTraces,
  splitServices,
  splitStreams,
  ringsDiffer,
  oneAddressToBalance,
  stickyConnections,
  loopBetweenTiers,
  batchBeforeRouting,
  storagePerBackend,
  routedRetryFromZero,
  unmatchedDataDropped,
  failoverHidden,
  scalingMovesState,
  // Sampling: what is decided, when, and what is counted.
  metricsAfterSampling,
  sampledTwice,
  senderLost,
  decisionWaitTooShort,
  decisionWaitAboveTimeout,
  tooFewTraces,
  noSamplingPolicy,
  limitPerInstance,
  // Metrics: one writer for each series.
  writersWithoutIdentity,
  targetInfoWriters,
  deltaToPrometheus,
  sentTwice,
  receivedTwice,
  // Memory, queues and limits.
  limiterMissing,
  limiterNotFirst,
  limiterAboveContainer,
  queueAboveMemory,
  retryWithoutBound,
  storageWithShortRetry,
  batchBeforeStorage,
  messageAboveLimit,
  timeoutBelowNext,
  logPositionForgotten,
  // Security.
  openReceiver,
  authWithoutTls,
  credentialsWithoutTls,
  plainTextOutside,
  tlsNotVerified,
  secretInPlainText,
  debugPageOpen,
  // Reach.
  receiverUnreachable,
  portNotServed,
  probeNotAnswered,
  // Order.
  unusedComponent,
  deprecatedSpelling,
  detailedDebug,
];
