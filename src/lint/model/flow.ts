import type { Component, DeploymentModel, Edge, Feed, Pipeline, ListedName, Tier } from './deployment.js';

/** A component where a pipeline names it. */
export interface ComponentUse {
  readonly component: Component;
  readonly pipeline: Pipeline;
  /** Where the pipeline names it. */
  readonly reference: ListedName;
  /** Its position in the list. */
  readonly index: number;
}

type List = 'receivers' | 'processors' | 'exporters';

/** Each use of a component in one of the lists of all pipelines. */
export function usesIn({ tiers }: Pick<DeploymentModel, 'tiers'>, ...lists: readonly List[]): ComponentUse[] {
  return tiers.flatMap(({ pipelines }) =>
    pipelines.flatMap((pipeline) =>
      lists.flatMap((list) =>
        pipeline[list].flatMap((reference, index) =>
          reference.component ? [{ component: reference.component, pipeline, reference, index }] : [],
        ),
      ),
    ),
  );
}

/** The components that a configuration has and that run. */
export function runningIn(tier: Tier): Component[] {
  const used = new Set(usesIn({ tiers: [tier] }, 'receivers', 'processors', 'exporters').map((use) => use.component));
  return tier.components.filter((component) => used.has(component) || tier.extensions.includes(component));
}

/** A pipeline that data has gone through, and the first way out of it towards where we came from. */
export interface Passed {
  readonly pipeline: Pipeline;
  readonly feed: Feed;
}

/** Several rules ask for the same. */
const known: WeakMap<DeploymentModel, Map<Pipeline, readonly Passed[]>> = new WeakMap();

/**
 * All pipelines that data may have gone through before it comes into this one, in any of the tiers, the nearest first,
 * each once.
 */
export function upstreamOf(deployment: DeploymentModel, pipeline: Pipeline): readonly Passed[] {
  const memory = known.get(deployment) ?? new Map<Pipeline, readonly Passed[]>();
  known.set(deployment, memory);
  const found = memory.get(pipeline) ?? passedBefore(deployment, pipeline);
  memory.set(pipeline, found);
  return found;
}

function passedBefore({ feeds }: DeploymentModel, pipeline: Pipeline): Passed[] {
  const seen = new Set([pipeline]);
  const passed: Passed[] = [];
  for (let next: Pipeline | undefined = pipeline, at = 0; next; next = passed[at++]?.pipeline)
    for (const feed of feeds.get(next) ?? [])
      if (!seen.has(feed.from)) {
        seen.add(feed.from);
        passed.push({ pipeline: feed.from, feed });
      }
  return passed;
}

/** A pipeline, and those of its tier that what comes into it may have gone through. */
export function ownWay(deployment: DeploymentModel, pipeline: Pipeline): Pipeline[] {
  const before = upstreamOf(deployment, pipeline).map((passed) => passed.pipeline);
  return [pipeline, ...before.filter(({ tier }) => tier === pipeline.tier)];
}

/** The edges over which data comes into a pipeline from another tier, directly or through pipelines of its own tier. */
export function edgesInto(
  deployment: DeploymentModel,
  pipeline: Pipeline,
): { readonly edge: Edge; readonly from: Pipeline }[] {
  return ownWay(deployment, pipeline)
    .flatMap((into) => deployment.feeds.get(into) ?? [])
    .flatMap(({ from, by }) => (by.kind === 'edge' ? [{ edge: by.edge, from }] : []));
}

/** The receivers whose data comes into a pipeline, directly or through pipelines of its own tier. */
export function receiversInto(deployment: DeploymentModel, pipeline: Pipeline): Component[] {
  return ownWay(deployment, pipeline).flatMap(({ receivers }) =>
    receivers.flatMap(({ component }) => (component?.section === 'receivers' ? component : [])),
  );
}

/** The tier receives what other tiers send. */
export function isBehindTier({ edges }: DeploymentModel, tier: Tier): boolean {
  return edges.some(({ from, to }) => to.tier === tier && from.tier !== tier);
}
