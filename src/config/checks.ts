import type { ConnectorDefinition } from '../component/define.js';
import type { Signal } from '../otlp/signal.js';
import type { Assembled, PipelineParts, Reference } from './assemble.js';
import type { Section } from './components.js';
import { nearest, type Fault } from './fault.js';

/** The rules between the parts of a configuration (docs/spec/core.md#top-level and docs/spec/core.md#graph). */
export function checkReferences(config: Assembled, gates: ReadonlySet<string>): Fault[] {
  const faults: Fault[] = [];
  const { ids, unread } = config;
  const empty = (section: Section): boolean => ids[section].size === 0 && !unread.has(section);
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
  dangling(faults, config, { path: 'service::extensions', kind: 'extension' }, config.extensions);
  if (config.pipelines.length === 0 && !gates.has('service.AllowNoPipelines'))
    faults.push({ path: 'service::pipelines', message: 'service must have at least one pipeline' });
  for (const pipeline of config.pipelines) checkPipeline(faults, pipeline, config, gates);
  return faults;
}

function checkPipeline(faults: Fault[], pipeline: PipelineParts, config: Assembled, gates: ReadonlySet<string>): void {
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
  dangling(faults, config, { path, kind: 'receiver' }, receivers);
  dangling(faults, config, { path, kind: 'processor' }, processors);
  dangling(faults, config, { path, kind: 'exporter' }, exporters);
  const seen = new Set<string>();
  for (const { id, place: at, shown } of processors) {
    if (seen.has(id))
      faults.push({
        path,
        message: `references processor ${JSON.stringify(shown)} multiple times`,
        place: at,
        hint: 'A pipeline holds a processor once; configure a second one under another name.',
      });
    seen.add(id);
  }
}

function dangling(
  faults: Fault[],
  { ids, unread }: Assembled,
  { path, kind }: { readonly path: string; readonly kind: 'receiver' | 'processor' | 'exporter' | 'extension' },
  references: readonly Reference[],
): void {
  const homes: Section[] = kind === 'receiver' || kind === 'exporter' ? [`${kind}s`, 'connectors'] : [`${kind}s`];
  // One mistake at the section would be repeated for each name that stands in it.
  if (homes.some((section) => unread.has(section))) return;
  const known = homes.map((section) => ids[section]);
  for (const { id, place, shown } of references) {
    if (known.some((all) => all.has(id))) continue;
    const hint = (): string => {
      const near = nearest(id, names(known));
      return near === undefined
        ? `Configure it under \`${kind}s\`, or take it out here.`
        : `Did you mean ${JSON.stringify(near)}?`;
    };
    faults.push({ path, message: `references ${kind} ${JSON.stringify(shown)} which is not configured`, place, hint });
  }
}

function* names(known: readonly ReadonlyMap<string, unknown>[]): Generator<string> {
  for (const ids of known) yield* ids.keys();
}

/** The rules of the graph: connectors are used at both ends for signals they support, and nothing runs in a circle. */
export function checkGraph(config: Assembled): Fault[] {
  const faults: Fault[] = [];
  const from = uses(config.pipelines, 'exporters');
  const to = uses(config.pipelines, 'receivers');
  for (const [id, { definition }] of config.components.connectors)
    checkPairs(faults, id, definition as ConnectorDefinition, from.get(id) ?? [], to.get(id) ?? []);
  if (faults.length === 0) {
    const cycle = findCycle(config, to);
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

/** Where a component is named at one end of a pipeline. */
interface Use {
  readonly pipeline: PipelineParts;
  readonly place: Fault['place'];
}

/** The pipelines that name a component at one of their ends, each once, by its ID. */
function uses(pipelines: readonly PipelineParts[], list: 'receivers' | 'exporters'): Map<string, Use[]> {
  const found = new Map<string, Use[]>();
  for (const pipeline of pipelines)
    for (const { id, place } of pipeline.references[list]) {
      const all = found.get(id) ?? [];
      if (all.at(-1)?.pipeline !== pipeline) all.push({ pipeline, place });
      found.set(id, all);
    }
  return found;
}

function checkPairs(
  faults: Fault[],
  id: string,
  { stability }: ConnectorDefinition,
  exporters: readonly Use[],
  receivers: readonly Use[],
): void {
  const from = bySignal(exporters);
  const to = bySignal(receivers);
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

/** The first place for each signal. */
function bySignal(all: readonly Use[]): Map<Signal, Fault['place']> {
  const found = new Map<Signal, Fault['place']>();
  for (const { pipeline, place } of all) if (!found.has(pipeline.signal)) found.set(pipeline.signal, place);
  return found;
}

/** One pipeline on the way, and the steps out of it that are still to be looked at. */
interface Visit {
  readonly pipeline: PipelineParts;
  readonly next: Iterator<{ readonly connector: string; readonly pipeline: PipelineParts }>;
}

/** Looks depth first, without calling itself: a chain may be as long as there are pipelines. */
function findCycle(
  config: Assembled,
  receivers: ReadonlyMap<string, readonly Use[]>,
): { text: string; place: Fault['place'] } | undefined {
  const done = new Set<PipelineParts>();
  const doneConnectors = new Set<string>();
  for (const first of config.pipelines) {
    const way: Visit[] = [];
    const connectors: string[] = [];
    const onWay = new Set<PipelineParts>();
    const enter = (pipeline: PipelineParts): void => {
      onWay.add(pipeline);
      way.push({ pipeline, next: stepsFrom(pipeline, config, receivers, doneConnectors) });
    };
    if (!done.has(first)) enter(first);
    for (let at = way.at(-1); at; at = way.at(-1)) {
      const step = at.next.next();
      if (step.done === true) {
        done.add(at.pipeline);
        onWay.delete(at.pipeline);
        way.pop();
        connectors.pop();
      } else if (onWay.has(step.value.pipeline)) {
        connectors.push(step.value.connector);
        const start = way.findIndex(({ pipeline }) => pipeline === step.value.pipeline);
        const cycle = way.slice(start).map(({ pipeline }, i) => ({
          ...{ pipeline, connector: connectors[start + i] ?? '', from: pipeline.signal },
        }));
        return { text: cycleText(cycle), place: step.value.pipeline.place };
      } else if (!done.has(step.value.pipeline)) {
        connectors.push(step.value.connector);
        enter(step.value.pipeline);
      }
    }
  }
  return undefined;
}

function* stepsFrom(
  pipeline: PipelineParts,
  { components }: Assembled,
  receivers: ReadonlyMap<string, readonly Use[]>,
  done: Set<string>,
): Generator<{ readonly connector: string; readonly pipeline: PipelineParts }> {
  for (const id of new Set(pipeline.exporters)) {
    const connector = components.connectors.get(id);
    const side = `${pipeline.signal} ${id}`;
    if (!connector || done.has(side)) continue;
    const { stability } = connector.definition as ConnectorDefinition;
    for (const { pipeline: next } of receivers.get(id) ?? [])
      if (stability.some(([a, b]) => a === pipeline.signal && b === next.signal))
        yield { connector: id, pipeline: next };
    // The pipelines behind it are the same from every pipeline of the signal, and have been looked at.
    done.add(side);
  }
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
