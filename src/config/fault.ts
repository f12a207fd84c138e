import leven from 'leven';
import type { TextRange } from '../component/config-value-error.js';
import { withoutSecrets } from './hidden.js';
import { positionOf, type Place } from './place.js';

/** Where a fault is. */
export interface FaultPlace {
  readonly place?: Place | undefined;
  /** Set when the value came through `${...}`. */
  readonly origin?: string | undefined;
  /** The value itself and which of its characters are wrong, where `place` can't show them. */
  readonly inside?: { readonly text: string; readonly at: TextRange } | undefined;
}

/** One thing that is wrong with a configuration. */
export interface Fault extends FaultPlace {
  /** `exporters::otlp_grpc::endpoint`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** Advice: the action that mends it. */
  readonly hint?: string | undefined;
}

/** Everything that is wrong with a configuration, in the order of the file. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const sorted = faults.toSorted(bySource);
    const head =
      sorted.length === 1 ? 'the configuration has a fault' : `the configuration has ${sorted.length} faults`;
    super([head, ...sorted.map(render)].join('\n\n'));
    this.name = 'ConfigError';
    this.faults = sorted;
  }
}

function bySource(a: Fault, b: Fault): number {
  if (!a.place || !b.place) return Number(a.place !== undefined) - Number(b.place !== undefined);
  if (a.place.source === b.place.source) return a.place.start - b.place.start;
  return a.place.source.name < b.place.source.name ? -1 : 1;
}

/** `file:line:column: path: message`, the line with a caret, and what to do. */
export function render(fault: Fault): string {
  const origin = fault.origin === undefined ? '' : ` (the value came from ${fault.origin})`;
  const text = `${fault.path === '' ? '' : `${fault.path}: `}${fault.message}${origin}`;
  const hint = fault.hint === undefined ? [] : [`  ${fault.hint}`];
  if (!fault.place) return [text, ...hint].join('\n');
  const { line, column } = positionOf(fault.place);
  return [
    `${fault.place.source.name}:${line}:${column}: ${text}`,
    ...pointedAt(fault.place, fault.path),
    ...(fault.inside ? pointedInside(fault.inside, fault.path) : []),
    ...hint,
  ].join('\n');
}

/** A line and the carets below what is meant. */
function pointedAt(place: Place, path: string): string[] {
  const { line, column, text } = positionOf(place);
  const number = String(line);
  const width = Math.max(1, Math.min(place.length, text.length - column + 1));
  // Tabs keep their width, so that the caret stands below what it means.
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return [
    `  ${number} | ${withoutSecrets(text, path)}`,
    `  ${' '.repeat(number.length)} | ${indent}${'^'.repeat(width)}`,
  ];
}

function pointedInside({ text, at }: FaultPlace['inside'] & {}, path: string): string[] {
  const place: Place = { source: { name: '', text }, start: at.offset, length: at.length ?? 1 };
  const { line, column } = positionOf(place);
  return [`  line ${line}, column ${column} of the value:`, ...pointedAt(place, path)];
}

/** The nearest of some names, when it is near enough to be a slip. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  let best: string | undefined;
  let bestDistance = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of names) {
    const same = candidate.toLowerCase().replaceAll('_', '') === name.toLowerCase().replaceAll(/[_-]/g, '');
    const distance = same ? 0 : leven(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** `did you mean "x"?`, or where the name belongs, or the names there are. */
export function suggestion(name: string, names: readonly string[], belongsUnder: readonly string[] = []): string {
  const near = nearest(name, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (belongsUnder.length > 0) return `It stands under ${belongsUnder.map((group) => `\`${group}\``).join(' or ')}.`;
  return names.length === 0 ? 'No key is known here: remove it.' : `Known here: ${names.toSorted().join(', ')}.`;
}
