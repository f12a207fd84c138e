import type { ConnectorDefinition } from '../component/define.js';
import type { Signal } from '../otlp/signal.js';
import type { Assembled, PipelineParts, Reference } from './assemble.js';
import type { Section } from './components.js';
import { nearest, type Fault } from './fault.js';

/** The rules between the parts of a configuration (docs/spec/core.md#top-level and docs/spec/core.md#graph). */
export function checkReferences(config: Assembled, gates: ReadonlySet<string>): Fault[] {
  const faults: Fault[] = [];
  const { ids } = config;
  const empty = (section: Section): boolean => ids[section].size === 0;
  if ((['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const).every(empty))
    faults.push({ path: '', message: 'empty configuration file' });
  else if (!gates.has('service.AllowNoPipelines')) {
    if (empty('receivers'))
      faults.push({
        path: '',
        message: 'no receiver configuration specified in config',
        hint: 'Add one under `receivers`, for example `otlp`.',
      });
    if (empty('exporters'))
      faults.push({
        path: '',
        message: 'no exporter configuration specified in config',
        hint: 'Add one under `exporters`, for example `debug`.',
      });
  }
  for (const [id, place] of ids.connectors) {
    for (const section of ['exporters', 'receivers'] as const)
      if (ids[section].has(id))
        faults.push({
          path: `connectors::${id}`,
          message:
            `ambiguous ID: Found both ${JSON.stringify(id)} ${section.slice(0, -1)} and ` +
            `${JSON.stringify(id)} connector. Change one of the components' IDs to eliminate ambiguity (e.g. ` +
            `rename ${JSON.stringify(id)} connector to "${id}/connector")`,
          place,
        });
  }
  dangling(faults, 'service::extensions', 'extension', config.extensions, ids.extensions.keys());
  if (config.pipelines.length === 0 && !gates.has('service.AllowNoPipelines'))
    faults.push({ path: 'service::pipelines', message: 'service must have at least one pipeline' });
  for (const pipeline of config.pipelines) checkPipeline(faults, pipeline, config, gates);
  return faults;
}

function checkPipeline(faults: Fault[], pipeline: PipelineParts, { ids }: Assembled, gates: ReadonlySet<string>): void {
  const path = `service::pipelines::${pipeline.id}`;
  const { receivers, processors, exporters } = pipeline.references;
  const { place } = pipeline;
  if (pipeline.signal === 'profiles' && !gates.has('service.profilesSupport'))
    faults.push({
      path,
      message: 'profiling signal support is at alpha level, gated under the "service.profilesSupport" feature gate',
      place,
      hint: 'Start with --feature-gates=service.profilesSupport.',
    });
  if (receivers.length === 0) faults.push({ path, message: 'must have at least one receiver', place });
  if (exporters.length === 0) faults.push({ path, message: 'must have at least one exporter', place });
  dangling(faults, path, 'receiver', receivers, [...ids.receivers.keys(), ...ids.connectors.keys()]);
  dangling(faults, path, 'processor', processors, ids.processors.keys());
  dangling(faults, path, 'exporter', exporters, [...ids.exporters.keys(), ...ids.connectors.keys()]);
  const seen = new Set<string>();
  for (const { id, place: at } of processors) {
    if (seen.has(id))
      faults.push({
        path,
        message: `references processor ${JSON.stringify(id)} multiple times`,
        place: at,
        hint: 'A pipeline holds a processor once; configure a second one under another name.',
      });
    seen.add(id);
  }
}

function dangling(
  faults: Fault[],
  path: string,
  kind: string,
  references: readonly Reference[],
  known: Iterable<string>,
): void {
  const names = [...known];
  for (const { id, place } of references) {
    if (names.includes(id)) continue;
    const near = nearest(id, names);
    const hint =
      near === undefined
        ? `Configure it under \`${kind}s\`, or take it out here.`
        : `Did you mean ${JSON.stringify(near)}?`;
    faults.push({ path, message: `references ${kind} ${JSON.stringify(id)} which is not configured`, place, hint });
  }
}

/** The rules of the graph: connectors are used at both ends for signals they support, and nothing runs in a circle. */
export function checkGraph(config: Assembled): Fault[] {
  const faults: Fault[] = [];
  for (const [id, { definition }] of config.components.connectors)
    checkPairs(faults, id, definition as ConnectorDefinition, config.pipelines);
  if (faults.length === 0) {
    const cycle = findCycle(config);
    if (cycle)
      faults.push({
        path: '',
        message: `failed to build pipelines: cycle detected: ${cycle.text}`,
        place: cycle.place,
        hint: 'Take one of these connectors out of its pipeline.',
      });
  }
  return faults;
}

function checkPairs(
  faults: Fault[],
  id: string,
  { stability }: ConnectorDefinition,
  pipelines: readonly PipelineParts[],
): void {
  const from = usedIn(pipelines, 'exporters', id);
  const to = usedIn(pipelines, 'receivers', id);
  const supported = (a: Signal, b: Signal): boolean => stability.some(([in_, out]) => in_ === a && out === b);
  const report = (
    end: 'exporter' | 'receiver',
    other: 'exporter' | 'receiver',
    signal: Signal,
    place: Fault['place'],
  ): void => {
    const message =
      `failed to build pipelines: connector ${JSON.stringify(id)} used as ${end} in [${signal}] ` +
      `pipeline but not used in any supported ${other} pipeline`;
    faults.push({
      path: `connectors::${id}`,
      message,
      place,
      hint:
        `Name it among the ${other}s of a pipeline for a signal that it ` +
        `${other === 'receiver' ? 'emits' : 'accepts'}.`,
    });
  };
  for (const [signal, place] of from)
    if (![...to.keys()].some((out) => supported(signal, out))) report('exporter', 'receiver', signal, place);
  for (const [signal, place] of to)
    if (![...from.keys()].some((in_) => supported(in_, signal))) report('receiver', 'exporter', signal, place);
}

function usedIn(
  pipelines: readonly PipelineParts[],
  list: 'receivers' | 'exporters',
  id: string,
): Map<Signal, Fault['place']> {
  const found = new Map<Signal, Fault['place']>();
  for (const pipeline of pipelines)
    for (const reference of pipeline.references[list])
      if (reference.id === id && !found.has(pipeline.signal)) found.set(pipeline.signal, reference.place);
  return found;
}

function findCycle({ components, pipelines }: Assembled): { text: string; place: Fault['place'] } | undefined {
  const done = new Set<PipelineParts>();
  const way: { readonly pipeline: PipelineParts; readonly connector: string; readonly from: Signal }[] = [];
  const visit = (pipeline: PipelineParts): { text: string; place: Fault['place'] } | undefined => {
    const start = way.findIndex((step) => step.pipeline === pipeline);
    if (start >= 0) return { text: cycleText(way.slice(start)), place: pipeline.place };
    if (done.has(pipeline)) return undefined;
    for (const id of new Set(pipeline.exporters)) {
      const connector = components.connectors.get(id);
      if (!connector) continue;
      for (const next of pipelines) {
        const pair = (connector.definition as ConnectorDefinition).stability.some(
          ([a, b]) => a === pipeline.signal && b === next.signal,
        );
        if (!pair || !next.receivers.includes(id)) continue;
        way.push({ pipeline, connector: id, from: pipeline.signal });
        const found = visit(next);
        if (found) return found;
        way.pop();
      }
    }
    done.add(pipeline);
    return undefined;
  };
  for (const pipeline of pipelines) {
    const found = visit(pipeline);
    if (found) return found;
  }
  return undefined;
}

/** `connector "a" (traces to traces) -> processor "p" in pipeline "traces/2" -> connector "a" (traces to traces)`. */
function cycleText(
  steps: readonly { readonly pipeline: PipelineParts; readonly connector: string; readonly from: Signal }[],
): string {
  const parts: string[] = [];
  const into = (i: number): string => {
    const step = steps[(i + steps.length) % steps.length];
    const next = steps[(i + 1 + steps.length) % steps.length];
    return `connector ${JSON.stringify(step?.connector)} (${step?.from} to ${next?.from})`;
  };
  for (const [i, { pipeline }] of steps.entries()) {
    parts.push(into(i - 1));
    for (const id of pipeline.processors)
      parts.push(`processor ${JSON.stringify(id)} in pipeline ${JSON.stringify(pipeline.id)}`);
  }
  parts.push(into(-1));
  return parts.join(' -> ');
}
