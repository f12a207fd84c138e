import type { Definition } from '../../component/define.js';
import { assemble, type Reference as NamedReference } from '../../config/assemble.js';
import { findComponent, sections, type Components, type Section } from '../../config/components.js';
import { idOf } from '../../config/older/nodes.js';
import { takeOver } from '../../config/older/take-over.js';
import type { ConfigNode, MapNode } from '../../config/node.js';
import type { Source } from '../../config/place.js';
import { lackingType } from '../../config/types/unknown-type.js';
import { maxComponents, maxEdges, maxPipelines, maxReferences, maxTiers, LintTooLarge } from '../bounds.js';
import type { Workload } from '../kubernetes/workload.js';
import { Setting } from '../setting.js';
import { traitsOf, type Traits } from '../traits.js';
import { connect, feedsOf, isChosenAmong } from './connect.js';
import type { Component, DeploymentModel, Pipeline, ListedName, Tier } from './deployment.js';
import type { Replicas } from './replicas.js';

/** A tier as it was read. */
export interface TierInput {
  readonly name: string;
  /** Merged and expanded. */
  readonly root: MapNode;
  readonly replicas: Replicas;
  readonly workload: Workload | undefined;
}

/** The model of all tiers. Throws `TooLarge`. */
export function buildDeployment(inputs: readonly TierInput[], available: Components): DeploymentModel {
  if (inputs.length > maxTiers) throw new LintTooLarge(maxTiers, 'tiers');
  const tiers = inputs.map((input, index) => buildTier(input, index, available));
  const pipelines = tiers.flatMap((tier) => tier.pipelines);
  if (pipelines.length > maxPipelines) throw new LintTooLarge(maxPipelines, 'pipelines');
  if (tiers.flatMap((tier) => tier.components).length > maxComponents)
    throw new LintTooLarge(maxComponents, 'components');
  const names = pipelines.flatMap(({ receivers, processors, exporters }) => [receivers, processors, exporters].flat());
  if (names.length > maxReferences) throw new LintTooLarge(maxReferences, 'names in pipelines');
  const edges = connect(tiers);
  if (edges.length > maxEdges) throw new LintTooLarge(maxEdges, 'ways between tiers');
  for (const tier of tiers)
    if (tier.replicas.kind === 'unknown' && isChosenAmong(tier, edges)) tier.replicas = { kind: 'several' };
  return { tiers, edges, feeds: feedsOf(tiers, edges) };
}

/** Components name their tier, so that it is filled in step by step. */
type Building<T> = { -readonly [K in keyof T]: T[K] };

function buildTier(
  { name, root, replicas, workload }: TierInput,
  index: number,
  available: Components,
): Building<Tier> {
  const older = takeOver(root);
  const top = new Setting('', { keyPlace: older.root.place, node: older.root }, older.root.place);
  const service = below(top, 'service');
  const tier: Building<Tier> = {
    ...{ name, index, replicas, workload, service },
    ...{ components: [], pipelines: [], extensions: [], sources: sourcesOf(root) },
    older: older.warnings.flatMap(({ at }) => at ?? []),
  };
  const components = sections.flatMap((section) => componentsOf(tier, section, below(top, section), available));
  tier.components = components;
  // The loader reads names and lists; what it finds wrong with them is for `validate` to say.
  const { pipelines, extensions } = assemble(older.root, available, { checks: false });
  const known = new Map(components.map((component) => [component.path, component]));
  const find = ({ id }: NamedReference, homes: readonly Section[]): Component | undefined =>
    homes.map((section) => known.get(`${section}::${id}`)).find((component) => component !== undefined);
  const references = (list: readonly NamedReference[], path: string, homes: readonly Section[]): ListedName[] =>
    list.map((named) => ({
      ...{ id: named.id, place: named.place, path: `${path}::${named.shown}`, component: find(named, homes) },
    }));
  tier.pipelines = pipelines.map(({ id, signal, place, references: lists }): Pipeline => {
    const path = `service::pipelines::${id}`;
    return {
      ...{ tier, id, signal, place, path },
      receivers: references(lists.receivers, `${path}::receivers`, ['receivers', 'connectors']),
      processors: references(lists.processors, `${path}::processors`, ['processors']),
      exporters: references(lists.exporters, `${path}::exporters`, ['exporters', 'connectors']),
    };
  });
  tier.extensions = extensions.flatMap((named) => find(named, ['extensions']) ?? []);
  return tier;
}

/** Paths begin with the section. */
function below(top: Setting, section: string): Setting {
  const { node, place } = top.at(section);
  return new Setting(section, node && { keyPlace: place, node }, top.place);
}

function componentsOf(tier: Tier, section: Section, all: Setting, available: Components): Component[] {
  return all.entries().flatMap(([key, { node, place }]): Component[] => {
    const id = idOf(key);
    if (!id || !node) return [];
    const path = `${section}::${id.text}`;
    const { type, traits } = typeOf(section, id.type, available);
    const config = new Setting(path, { keyPlace: place, node }, place);
    return [{ tier, section, id: id.text, type, spelling: id.type, traits, config, place, path }];
  });
}

function typeOf(
  section: Section,
  spelling: string,
  available: Components,
): { readonly type: string; readonly traits: Traits } {
  const definition = findComponent<Definition>(available[section], spelling);
  const type = definition?.type ?? lackingType(section, spelling)?.type ?? spelling;
  const whole = definition && 'partitionBy' in definition ? definition.partitionBy : undefined;
  return { type, traits: traitsOf(section, type, whole) };
}

/** The texts that some part of a configuration stands in. */
function sourcesOf(root: ConfigNode): Source[] {
  const found = new Set<Source>();
  const queue: ConfigNode[] = [root];
  for (let node = queue.pop(); node; node = queue.pop()) {
    found.add(node.place.source);
    if (node.kind === 'list') for (const item of node.items) queue.push(item);
    if (node.kind === 'map')
      for (const { node: child, keyPlace } of node.entries.values()) {
        found.add(keyPlace.source);
        queue.push(child);
      }
  }
  return [...found];
}
