import { readdir } from 'node:fs/promises';
import type {
  ComponentKind,
  ConnectorDefinition,
  Definition,
  ExporterDefinition,
  ExtensionDefinition,
  ProcessorDefinition,
  ReceiverDefinition,
} from '../component/define.js';

/** The section of a kind is its name in the plural. */
export const sections = ['receivers', 'processors', 'exporters', 'connectors', 'extensions'] as const;
export type Section = (typeof sections)[number];

/** All components there are, by section and YAML type. */
export interface Components {
  readonly receivers: ReadonlyMap<string, ReceiverDefinition>;
  readonly processors: ReadonlyMap<string, ProcessorDefinition>;
  readonly exporters: ReadonlyMap<string, ExporterDefinition>;
  readonly connectors: ReadonlyMap<string, ConnectorDefinition>;
  readonly extensions: ReadonlyMap<string, ExtensionDefinition>;
}

export function kindOf(section: Section): ComponentKind {
  return section.slice(0, -1) as ComponentKind;
}

/**
 * Finds the components by their folders, `src/<kind>s/<type>/index.ts`. Its implementation is loaded only when the
 * component is created.
 */
export async function discoverComponents(root: URL = new URL('../', import.meta.url)): Promise<Components> {
  const found = await Promise.all(sections.map((section) => discover(section, new URL(`${section}/`, root))));
  return Object.fromEntries(sections.map((section, i) => [section, found[i]])) as unknown as Components;
}

/**
 * The components that go by the given types or older spellings alone, which takes a tenth of the time of loading all.
 * Undefined when there is none for one of them.
 */
export async function findNamed(
  types: Readonly<Record<Section, ReadonlySet<string>>>,
  root: URL = new URL('../', import.meta.url),
): Promise<Components | undefined> {
  const found = await Promise.all(
    sections.map(async (section) => {
      const folder = new URL(`${section}/`, root);
      const present = await foldersIn(folder);
      const definitions = await Promise.all([...types[section]].map((type) => named(section, type, present, folder)));
      return definitions.every((definition) => definition !== undefined)
        ? new Map(definitions.map((definition) => [definition.type, definition]))
        : undefined;
    }),
  );
  if (found.includes(undefined)) return undefined;
  return Object.fromEntries(sections.map((section, i) => [section, found[i]])) as unknown as Components;
}

/**
 * The component that goes by a type or an older spelling. An older spelling has no underscores, or is where the type
 * begins: only folders with such names are looked into.
 */
async function named(
  section: Section,
  type: string,
  present: readonly string[],
  folder: URL,
): Promise<Definition | undefined> {
  if (present.includes(type)) return imported(section, type, folder);
  const likely = present.filter((name) => name.replaceAll('_', '') === type || name.startsWith(`${type}_`));
  const definitions = await Promise.all(likely.map((name) => imported(section, name, folder)));
  return definitions.find(({ aliases }) => aliases?.includes(type));
}

async function discover(section: Section, folder: URL): Promise<ReadonlyMap<string, Definition>> {
  const names = await foldersIn(folder);
  const definitions = await Promise.all(names.map((name) => imported(section, name, folder)));
  return new Map(
    definitions.toSorted((a, b) => (a.type < b.type ? -1 : 1)).map((definition) => [definition.type, definition]),
  );
}

async function foldersIn(folder: URL): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => []);
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** One component, for a command that needs no other. Rejects when there is none of that type. */
export function loadComponent(section: Section, type: string): Promise<Definition> {
  return imported(section, type, new URL(`../${section}/`, import.meta.url));
}

async function imported(section: Section, name: string, folder: URL): Promise<Definition> {
  const { definition } = (await import(new URL(`${name}/index.js`, folder).href)) as {
    readonly definition: Definition;
  };
  if (definition.type !== name || definition.kind !== kindOf(section))
    throw new Error(
      `src/${section}/${name} defines the ${definition.kind} ${definition.type}: the folder must be named as ` +
        `the type`,
    );
  return definition;
}

/** The definition that goes by a type or by an older spelling of it. */
export function findComponent<D extends Definition>(definitions: ReadonlyMap<string, D>, type: string): D | undefined {
  return definitions.get(type) ?? [...definitions.values()].find((definition) => definition.aliases?.includes(type));
}

/** All spellings that load, sorted. */
export function spellings(definitions: ReadonlyMap<string, Definition>): string[] {
  return [...definitions.values()].flatMap((definition) => [definition.type, ...(definition.aliases ?? [])]).sort();
}
