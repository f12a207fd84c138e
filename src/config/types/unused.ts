import type { Assembled, UnknownComponent } from '../assemble.js';
import { kindOf, sections, type Components, type Section } from '../components.js';
import type { Fault } from '../fault.js';
import { warningAt, type ConfigWarning } from '../warning.js';
import { lackingType, lackingWords, unknownWords, type TypeWords } from './unknown-type.js';

/** The faults and warnings about types that no component has, and about components that nothing uses. */
export interface TypeReport {
  readonly faults: readonly Fault[];
  readonly warnings: readonly ConfigWarning[];
}

/**
 * Judges the types that Kanmon lacks: one of the Collector's that nothing uses is left out with a warning, every other
 * is a fault. A configured component that nothing uses is never created; one warning names all of them.
 */
export function reportTypes(config: Assembled, available: Components): TypeReport {
  const faults: Fault[] = [];
  const warnings: ConfigWarning[] = [];
  const uses = usesIn(config);
  for (const section of sections)
    for (const named of config.unknown[section]) {
      const found = lackingType(section, named.type);
      const users = uses[section].get(named.id) ?? [];
      const words = found ? lackingWords(section, found, named.id, users) : unknownWords(section, available, named.id);
      if (found && users.length === 0) warnings.push(leftOut(section, named, words));
      else faults.push({ path: `${section}::${named.id}`, place: named.place, ...words });
    }
  const idle = sections.flatMap((section) =>
    [...config.components[section].keys()].filter((id) => !uses[section].has(id)).map((id) => `${section}::${id}`),
  );
  if (idle.length > 0) warnings.push(unused(idle));
  return { faults, warnings };
}

/** The pipelines, or the list of extensions, that name each component. */
function usesIn({ pipelines, extensions }: Assembled): Readonly<Record<Section, ReadonlyMap<string, string[]>>> {
  const uses: Readonly<Record<Section, Map<string, string[]>>> = {
    ...{ receivers: new Map(), processors: new Map(), exporters: new Map(), connectors: new Map() },
    extensions: new Map(extensions.map(({ id }) => [id, ['service::extensions']])),
  };
  for (const pipeline of pipelines) {
    const { receivers, processors, exporters } = pipeline;
    const named = { receivers, processors, exporters, connectors: [...receivers, ...exporters] };
    for (const section of ['receivers', 'processors', 'exporters', 'connectors'] as const)
      for (const id of new Set(named[section])) {
        const users = uses[section].get(id);
        if (users) users.push(pipeline.id);
        else uses[section].set(id, [pipeline.id]);
      }
  }
  return uses;
}

function leftOut(section: Section, { id, place }: UnknownComponent, { message, hint }: TypeWords): ConfigWarning {
  const fault = { path: `${section}::${id}`, place, message: `${message}; nothing uses it: it is left out`, hint };
  return warningAt(fault, { 'otelcol.component.id': id, 'otelcol.component.kind': kindOf(section), instead: hint() });
}

/** As many are named in a line. */
const maxNamed = 20;

/** One line, however many there are. */
function unused(paths: readonly string[]): ConfigWarning {
  const named = paths.slice(0, maxNamed);
  const more = paths.length > maxNamed ? ` and ${paths.length - maxNamed} more` : '';
  const message = 'Components are configured that nothing uses';
  return {
    message,
    fields: { components: named },
    at: { path: '', message: `${message}: ${named.join(', ')}${more}` },
  };
}
