import { deliveryOf } from './delivery.js';
import type { Component, DeploymentModel, Pipeline } from './deployment.js';

/** How long the batch processor of an SDK holds a span by default, milliseconds. */
export const senderDelayMs = 5000;

/** The longest time that items may be held on their way to a processor, in all tiers, milliseconds. */
export function delayBefore(deployment: DeploymentModel, pipeline: Pipeline, index: number): number {
  const own = pipeline.processors.slice(0, index).reduce((sum, { component }) => sum + heldBy(component), 0);
  return own + longestBefore(deployment, pipeline, new Map());
}

function longestBefore({ feeds }: DeploymentModel, to: Pipeline, known: Map<Pipeline, number>): number {
  // One on the way already adds nothing: a loop is for another rule. Goes on without calling itself for each step.
  const order: Pipeline[] = [];
  const stack: Pipeline[] = [to];
  const seen = new Set(stack);
  for (let pipeline = stack.pop(); pipeline; pipeline = stack.pop()) {
    order.push(pipeline);
    for (const { from } of feeds.get(pipeline) ?? [])
      if (!seen.has(from)) {
        seen.add(from);
        stack.push(from);
      }
  }
  for (const pipeline of order.toReversed()) {
    const ways = (feeds.get(pipeline) ?? []).map(({ from, by }) => {
      const held = from.processors.reduce((sum, { component }) => sum + heldBy(component), 0);
      return held + (known.get(from) ?? 0) + (by.kind === 'edge' ? queuedBy(by.edge.from) : 0);
    });
    known.set(pipeline, Math.max(0, ...ways));
  }
  return known.get(to) ?? 0;
}

function heldBy(component: Component | undefined): number {
  if (component?.traits.batches === true) return component.config.at('timeout').durationOr(200) ?? 0;
  if (component?.traits.samples === 'tail') return component.config.at('decision_wait').durationOr(30_000) ?? 0;
  return component?.traits.regroups === true ? (component.config.at('wait_duration').durationOr(1000) ?? 0) : 0;
}

/** The time that a queue waits for more items of a batch. */
function queuedBy(exporter: Component): number {
  const batch = deliveryOf(exporter).at('sending_queue', 'batch');
  return batch.isSet ? (batch.at('flush_timeout').durationOr(200) ?? 0) : 0;
}
