import type { Definition } from '../../component/define.js';
import { findComponent, kindOf, sections, spellings, type Components, type Section } from '../components.js';
import { nearest, suggestion } from '../fault.js';
import { lackingTypes, type Absence } from './lacking.js';

/** A type that the Collector has, or had, and Kanmon does not. */
export interface LackingType {
  /** The current spelling. */
  readonly type: string;
  readonly absence: Absence;
  readonly instead: string;
}

/** The names of one type differ in underscores only: `file_log` was `filelog` before. */
const bare = (type: string): string => type.replaceAll('_', '');

const byName: Readonly<Record<Section, ReadonlyMap<string, LackingType>>> = Object.fromEntries(
  sections.map((section) => [
    section,
    new Map(
      lackingTypes[section].flatMap(({ types, absence, instead }) =>
        types.split(' ').map((type) => [bare(type), { type, absence, instead }] as const),
      ),
    ),
  ]),
) as unknown as Readonly<Record<Section, ReadonlyMap<string, LackingType>>>;

/** The type of the Collector that a name stands for, in any of its spellings. */
export function lackingType(section: Section, name: string): LackingType | undefined {
  return byName[section].get(bare(name));
}

/** All types of a section that are lacking, by their current spelling. */
export function allLackingTypes(section: Section): LackingType[] {
  return [...byName[section].values()];
}

/** The fault of a type that no component has, and what to do. */
export interface TypeWords {
  readonly message: string;
  readonly hint: () => string;
}

const absences: Readonly<Record<Absence, (kind: string) => string>> = {
  planned: (kind) => `this ${kind} is planned, and not there yet`,
  lacking: (kind) => `the Collector has this ${kind}, Kanmon does not`,
  removed: (kind) => `only older versions of the Collector have this ${kind}`,
  vendor: (kind) => `only the distribution of a vendor has this ${kind}`,
};

/** Words for a type of the Collector that is lacking; `users` are the pipelines that use the component. */
export function lackingWords(section: Section, found: LackingType, id: string, users: readonly string[]): TypeWords {
  const type = JSON.stringify(typeOf(id));
  const used = users.length === 0 ? '' : ` (used in ${users.join(', ')})`;
  return {
    message: `unknown type: ${type} for id: ${JSON.stringify(id)}: ${absences[found.absence](kindOf(section))}${used}`,
    hint: () => found.instead,
  };
}

/** Words for a type that no one has: a slip, or one of another section. */
export function unknownWords(section: Section, available: Components, id: string): TypeWords {
  const type = typeOf(id);
  const known = spellings(available[section]);
  return {
    message: `unknown type: ${JSON.stringify(type)} for id: ${JSON.stringify(id)} (valid values: [${known.join(' ')}])`,
    hint: () => slipHint(section, available, type, known),
  };
}

function slipHint(section: Section, available: Components, type: string, known: readonly string[]): string {
  const lacking = allLackingTypes(section).flatMap((each) => [each.type, bare(each.type)]);
  const near = nearest(type, [...known, ...lacking]);
  const found = near === undefined || known.includes(near) ? undefined : lackingType(section, near);
  if (found)
    return `Did you mean ${JSON.stringify(near)}? It is not there${found.absence === 'planned' ? ' yet' : ''}.`;
  if (near !== undefined) return suggestion(type, known);
  const other = sections.find((each) => findComponent(available[each] as ReadonlyMap<string, Definition>, type));
  return other === undefined
    ? suggestion(type, known)
    : `There is ${article(kindOf(other))} of this type: configure it under \`${other}\`.`;
}

function article(kind: string): string {
  return `${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`;
}

function typeOf(id: string): string {
  return id.split('/', 1)[0] ?? '';
}
