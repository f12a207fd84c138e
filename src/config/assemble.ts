import type { Definition } from '../component/define.js';
import type { TextRange } from '../component/config-value-error.js';
import { telemetryConfig, type TelemetryConfig } from '../telemetry/config.js';
import { kinds, type Kind, type Schema } from '../component/schema/schema.js';
import type { Configured, PipelineConfig } from './checked.js';
import { findComponent, kindOf, sections, type Components, type Section } from './components.js';
import { decodeConfig, kindAt, pathText, remedyAt, type DecodeOptions } from './decode.js';
import { suggestion, type Fault, type FaultPlace } from './fault.js';
import { signals } from '../otlp/signal.js';
import { maskOf } from './hidden-values.js';
import type { Mask } from './mask.js';
import { parseId, parsePipelineId, UnknownSignal } from './ids.js';
import { locate, toValue, unsetIn, type ConfigNode, type MapEntry, type MapNode } from './node.js';
import type { Place } from './place.js';
import type { ConfigWarning } from './warning.js';
import { placeWithin } from './written.js';

/** A name as the user wrote it, and where. */
export interface Reference {
  readonly id: string;
  readonly place: Place;
  /** The name as messages may show it. */
  readonly shown: string;
}

/** A component whose type no component has. */
export interface UnknownComponent {
  readonly id: string;
  readonly type: string;
  readonly place: Place;
}

export interface PipelineParts extends PipelineConfig {
  readonly place: Place;
  readonly references: Readonly<Record<'receivers' | 'processors' | 'exporters', readonly Reference[]>>;
}

/** A configuration decoded part by part. Parts that could not be decoded are missing and listed in `faults`. */
export interface Assembled {
  readonly components: Readonly<Record<Section, ReadonlyMap<string, Configured<Definition>>>>;
  /** Every well-formed ID that stands in a section, decoded or not. */
  readonly ids: Readonly<Record<Section, ReadonlyMap<string, Place>>>;
  /** The components of a section whose type does not exist. */
  readonly unknown: Readonly<Record<Section, readonly UnknownComponent[]>>;
  /** Sections whose content is not where it belongs, so that the IDs meant by the user are unknown. */
  readonly unread: ReadonlySet<Section>;
  readonly pipelines: readonly PipelineParts[];
  readonly extensions: readonly Reference[];
  readonly telemetry: TelemetryConfig | undefined;
  /** A fault at a value of `service::telemetry`. */
  readonly telemetryFault: Configured<unknown>['fault'];
  /** Hides what must not be shown of the service section in a message. */
  readonly shown: (text: string) => string;
  readonly faults: readonly Fault[];
  readonly warnings: readonly ConfigWarning[];
}

const topKeys = [...sections, 'service'];
const serviceKeys = ['extensions', 'pipelines', 'telemetry'];
const pipelineKeys = ['receivers', 'processors', 'exporters'] as const;

/** Decodes a merged and expanded configuration: sections, components, pipelines, telemetry. */
export function assemble(root: MapNode, available: Components, options: DecodeOptions): Assembled {
  return new Assembler(available, options).assemble(root);
}

class Assembler {
  readonly #faults: Fault[] = [];
  readonly #warnings: ConfigWarning[] = [];
  readonly #unknown: Readonly<Record<Section, UnknownComponent[]>> = {
    ...{ receivers: [], processors: [], exporters: [], connectors: [], extensions: [] },
  };
  readonly #available: Components;
  readonly #options: DecodeOptions;

  constructor(available: Components, options: DecodeOptions) {
    this.#available = available;
    this.#options = options;
  }

  assemble(root: MapNode): Assembled {
    this.#unknownKeys(root, '', topKeys);
    const ids: Partial<Record<Section, Map<string, Place>>> = {};
    const components: Partial<Record<Section, Map<string, Configured<Definition>>>> = {};
    for (const section of sections) {
      ids[section] = new Map();
      components[section] = this.#section(section, root.entries.get(section)?.node, ids[section]);
    }
    const service = this.#map(root.entries.get('service')?.node, 'service');
    if (service) this.#unknownKeys(service, 'service', serviceKeys);
    const shown = (text: string): string => maskOf(service ?? root, telemetryKind).apply(text);
    const telemetry = service?.entries.get('telemetry');
    return {
      components: components as Assembled['components'],
      ids: ids as Assembled['ids'],
      unknown: this.#unknown,
      unread: new Set(sections.filter((section) => this.#isUnread(section, root))),
      pipelines: this.#pipelines(service?.entries.get('pipelines')?.node),
      extensions: this.#references(service?.entries.get('extensions')?.node, 'service::extensions'),
      telemetry: this.#telemetry(telemetry, service ?? root),
      telemetryFault: faultsOf('service::telemetry', telemetry, telemetryConfig, shown),
      shown,
      faults: this.#faults,
      warnings: this.#warnings,
    };
  }

  #section(
    section: Section,
    node: ConfigNode | undefined,
    ids: Map<string, Place>,
  ): Map<string, Configured<Definition>> {
    const made = new Map<string, Configured<Definition>>();
    const definitions: ReadonlyMap<string, Definition> = this.#available[section];
    for (const [key, entry] of this.#map(node, section)?.entries ?? []) {
      const id = this.#id(key, entry.keyPlace, section, parseId);
      if (!id) continue;
      if (ids.has(id.text)) {
        this.#fault(
          section,
          `duplicate name ${JSON.stringify(id.text)} after unmarshaling ${key}`,
          entry.keyPlace,
          'Names are trimmed: give one of the two another name.',
        );
        continue;
      }
      ids.set(id.text, entry.keyPlace);
      const definition = findComponent(definitions, id.type);
      if (!definition) this.#unknown[section].push({ id: id.text, type: id.type, place: entry.keyPlace });
      else this.#component(section, definition, id, entry, made);
    }
    return made;
  }

  #component(
    section: Section,
    definition: Definition,
    id: { type: string; text: string },
    entry: MapEntry,
    made: Map<string, Configured<Definition>>,
  ): void {
    const decoded = decodeConfig(definition.config, entry.node, `${section}::${id.text}`, this.#options);
    if (id.type !== definition.type) {
      const fields = { 'otelcol.component.id': id.text, 'otelcol.component.kind': kindOf(section) };
      this.#warnings.push({
        message: `${JSON.stringify(id.type)} alias is deprecated; use ${JSON.stringify(definition.type)} instead`,
        fields,
      });
    }
    if (decoded.ok) {
      let mask: Mask | undefined;
      const shown = (text: string): string => (mask ??= maskOf(entry.node, kinds.get(definition.config))).apply(text);
      const fault = faultsOf(`${section}::${id.text}`, entry, definition.config, shown);
      made.set(id.text, { id: id.text, definition, config: decoded.value, fault, shown });
    } else this.#add(decoded.faults);
  }

  #pipelines(node: ConfigNode | undefined): PipelineParts[] {
    const pipelines = new Map<string, PipelineParts>();
    for (const [key, { keyPlace, node: body }] of this.#map(node, 'service::pipelines')?.entries ?? []) {
      const id = this.#id(key, keyPlace, 'service::pipelines', parsePipelineId);
      if (!id) continue;
      if (pipelines.has(id.text)) {
        this.#fault(
          'service::pipelines',
          `duplicate name ${JSON.stringify(id.text)} after unmarshaling ${key}`,
          keyPlace,
          'Give one of the two another name.',
        );
        continue;
      }
      const path = `service::pipelines::${id.text}`;
      const map = this.#map(body, path);
      if (map) this.#unknownKeys(map, path, pipelineKeys);
      const references = Object.fromEntries(
        pipelineKeys.map((list) => [list, this.#references(map?.entries.get(list)?.node, `${path}::${list}`)]),
      ) as unknown as PipelineParts['references'];
      const names = (list: readonly Reference[]): string[] => list.map((reference) => reference.id);
      pipelines.set(id.text, {
        id: id.text,
        signal: id.signal,
        place: keyPlace,
        references,
        receivers: names(references.receivers),
        processors: names(references.processors),
        exporters: names(references.exporters),
      });
    }
    return [...pipelines.values()];
  }

  #references(node: ConfigNode | undefined, path: string): Reference[] {
    if (node === undefined || node.kind === 'hole' || (node.kind === 'scalar' && node.value === null)) return [];
    if (node.kind !== 'list') {
      this.#fault(
        path,
        `expected a list of component names, got ${node.kind === 'map' ? 'a map' : shownScalar(node)}`,
        node.place,
      );
      return [];
    }
    const references: Reference[] = [];
    for (const [i, item] of node.items.entries()) {
      const { place } = item;
      const text = item.kind === 'scalar' ? (item.from?.original ?? item.value) : toValue(item);
      if (typeof text !== 'string') {
        this.#fault(
          `${path}[${i}]`,
          `expected the name of a component, got ` +
            (text === null ? 'nothing' : typeof text === 'object' ? 'a map or list' : `a ${typeof text}`),
          place,
          'Names are text.',
        );
        continue;
      }
      const mask = maskOf(item);
      const id = this.#id(text, place, path, parseId, { mask, unset: item.unset });
      if (id) references.push({ id: id.text, place, shown: mask.apply(id.text) });
    }
    return references;
  }

  #telemetry(entry: MapEntry | undefined, above: MapNode): TelemetryConfig | undefined {
    const node: ConfigNode = entry?.node ?? { kind: 'map', place: above.place, entries: new Map() };
    const decoded = decodeConfig(telemetryConfig, node, 'service::telemetry', this.#options);
    if (decoded.ok) return decoded.value;
    this.#add(decoded.faults);
    return undefined;
  }

  #map(node: ConfigNode | undefined, path: string): MapNode | undefined {
    if (node === undefined || node.kind === 'hole' || (node.kind === 'scalar' && node.value === null)) return undefined;
    if (node.kind === 'map') return node;
    this.#fault(path, `expected a map, got ${node.kind === 'list' ? 'a list' : shownScalar(node)}`, node.place);
    return undefined;
  }

  #id<T>(
    given: string,
    place: Place,
    path: string,
    parse: (given: string) => T,
    from: { readonly mask?: Mask; readonly unset?: Fault['unset'] } = {},
  ): T | undefined {
    try {
      return parse(given);
    } catch (error) {
      const { message } = error as Error;
      this.#faults.push({
        path,
        message: from.mask?.apply(message) ?? message,
        place,
        unset: from.unset,
        hint:
          error instanceof UnknownSignal
            ? () => suggestion(error.signal, signals)
            : 'A name is `type` or `type/name`: letters, digits and _ in the type, no spaces or symbols in the name.',
      });
      return undefined;
    }
  }

  #unknownKeys(node: MapNode, path: string, known: readonly string[]): void {
    for (const [key, { keyPlace }] of node.entries)
      if (!known.includes(key))
        this.#fault(
          path === '' ? key : `${path}::${key}`,
          `unknown key ${JSON.stringify(key)}`,
          keyPlace,
          path === '' ? this.#misplaced(key, known) : () => suggestion(key, known),
        );
  }

  /** It is no map; or nothing stands below it, and a component of it stands beside it. */
  #isUnread(section: Section, root: MapNode): boolean {
    const node = root.entries.get(section)?.node;
    if (node === undefined || node.kind === 'map') return false;
    if (node.kind !== 'scalar' || node.value !== null) return true;
    return [...root.entries.keys()].some((key) => this.#homesOf(key).includes(section));
  }

  /** The sections that a component may stand in. */
  #homesOf(key: string): Section[] {
    if (topKeys.includes(key)) return [];
    const type = key.replace(/\/.*/, '').trim();
    return sections.filter((section) => findComponent<Definition>(this.#available[section], type));
  }

  #misplaced(key: string, known: readonly string[]): Fault['hint'] {
    if (serviceKeys.includes(key)) return 'It stands under `service`.';
    const homes = this.#homesOf(key);
    const under = homes.map((section) => `\`${section}\``).join(' or ');
    return homes.length === 0 ? () => suggestion(key, known) : `It stands under ${under}: indent it.`;
  }

  #fault(path: string, message: string, place: Place, hint?: Fault['hint']): void {
    this.#faults.push({ path, message, place, hint });
  }

  #add(faults: readonly Fault[]): void {
    for (const fault of faults) this.#faults.push(fault);
  }
}

/** The service section is masked by the kinds of its telemetry. */
const telemetryKind: Kind = { kind: 'group', shape: { telemetry: telemetryConfig } };

function shownScalar(node: ConfigNode): string {
  if (node.kind !== 'scalar') return 'nothing';
  return maskOf(node).apply(typeof node.value === 'string' ? JSON.stringify(node.text) : node.text);
}

/** Makes faults of a part of the configuration that has been decoded by `schema`. */
function faultsOf(
  part: string,
  entry: MapEntry | undefined,
  schema: Schema<unknown>,
  shown: (text: string) => string,
): Configured<unknown>['fault'] {
  return (below, message, hint, at) => {
    const words = typeof hint === 'object' ? suggestion(hint.given, hint.known) : hint;
    const secret = entry !== undefined && kindAt(schema, below, entry.node)?.kind === 'secret';
    const place = entry && placeOf(entry, below, secret ? undefined : at);
    const advice =
      words === undefined ? (): string | undefined => entry && remedyAt(schema, below, entry.node) : shown(words);
    const unset = entry && unsetIn(locate(entry.node, below).node, message);
    return { path: pathText(part, below), message: shown(message), hint: advice, secret, ...place, unset };
  };
}

function placeOf(entry: MapEntry, below: readonly (string | number)[], range: TextRange | undefined): FaultPlace {
  const at = locate(entry.node, below);
  if (below.length === 0) return { place: entry.keyPlace, origin: at.origin };
  if (at.node.kind !== 'scalar') return { place: at.keyPlace, origin: at.origin };
  return range ? placeWithin(at, range) : { place: at.place, origin: at.origin };
}
