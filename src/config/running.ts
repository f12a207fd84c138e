import type { Definition } from '../component/define.js';
import type { Signal } from '../otlp/signal.js';
import type { Assembled } from './assemble.js';
import type { Configured } from './checked.js';

/** A component that will be created. */
export interface RunningComponent {
  readonly component: Configured<Definition>;
  /** The signals of the pipelines that name it; none for an extension. */
  readonly signals: ReadonlySet<Signal>;
}

/** The components that will run: those of pipelines, and the extensions that the service lists. */
export function running({ components, pipelines, extensions }: Assembled): readonly RunningComponent[] {
  const used = new Map<string, Set<Signal>>();
  for (const { signal, receivers, processors, exporters } of pipelines)
    for (const id of [...receivers, ...processors, ...exporters]) used.set(id, (used.get(id) ?? new Set()).add(signal));
  const listed = new Set(extensions.map(({ id }) => id));
  return [
    ...(['receivers', 'processors', 'exporters', 'connectors'] as const).flatMap((section) =>
      [...components[section].values()].flatMap((component) => {
        const signals = used.get(component.id);
        return signals ? [{ component, signals }] : [];
      }),
    ),
    ...[...components.extensions.values()]
      .filter(({ id }) => listed.has(id))
      .map((component) => ({ component, signals: new Set<Signal>() })),
  ];
}
