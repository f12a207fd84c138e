import leven from 'leven';
import type { TextRange } from '../component/config-value-error.js';
import { maxCompared, maxShownFaults, maxShownLine, maxShownText, maxSuggestedName } from './bounds.js';
import { counterpartOf } from './counterparts.js';
import { shownUri, withoutSecrets } from './hidden.js';
import { Mask } from './mask.js';
import { positionOf, type Place, type Position } from './place.js';
import { shownLine } from './shown-line.js';

/** Where a fault is. */
export interface FaultPlace {
  readonly place?: Place | undefined;
  /** Set when the value came through `${...}`. */
  readonly origin?: string | undefined;
  /** Each `${...}` there of a variable that is not set. */
  readonly unset?: readonly string[] | undefined;
  /** The value itself and which of its characters are wrong, where `place` can't show them. */
  readonly inside?: { readonly text: string; readonly at: TextRange } | undefined;
  /** The value at `place` is a secret. */
  readonly secret?: boolean | undefined;
}

/** One thing that is wrong with a configuration. */
export interface Fault extends FaultPlace {
  /** `exporters::otlp_grpc::endpoint`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
  /** Advice: the action that mends it. A function is asked when the fault is shown. */
  readonly hint?: string | (() => string | undefined) | undefined;
  /** The key at `place` when it may be a slip for that of a secret. */
  readonly secretKey?: (() => string | undefined) | undefined;
}

/** Everything that is wrong with a configuration, in the order of the file; the message shows the first of many. */
export class ConfigError extends Error {
  readonly faults: readonly Fault[];

  constructor(faults: readonly Fault[]) {
    const sorted = faults.toSorted(bySource);
    const head =
      sorted.length === 1 ? 'the configuration has a fault' : `the configuration has ${sorted.length} faults`;
    const more = sorted.length - maxShownFaults;
    super(
      [
        head,
        ...sorted.slice(0, maxShownFaults).map(render),
        ...(more > 0 ? [`${more} more ${more === 1 ? 'fault is' : 'faults are'} not shown`] : []),
      ].join('\n\n'),
    );
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
  const hint = typeof fault.hint === 'function' ? fault.hint() : fault.hint;
  const advice = hint === undefined ? [] : [`  ${cut(hint)}`];
  const { place } = fault;
  if (!place) return [said(fault, fault.message), ...advice].join('\n');
  const position = positionOf(place);
  const shown = maskedLine(fault, place, position);
  // Where no schema has said which value is a secret, what the line does not show is none to be named either.
  const message = fault.path === '' ? new Mask(hiddenIn(position.text, shown)).apply(fault.message) : fault.message;
  return [
    `${cut(place.source.name)}:${position.line}:${position.column}: ${said(fault, message)}`,
    ...pointedAt(position, place.length, shown),
    ...(fault.inside ? pointedInside(fault.inside) : []),
    ...advice,
  ].join('\n');
}

/** The line that a fault is at, without secrets, and carets below what is meant. */
export function shownExcerpt(fault: Fault): string[] {
  const { place } = fault;
  if (!place) return [];
  const position = positionOf(place);
  return pointedAt(position, place.length, maskedLine(fault, place, position));
}

function maskedLine(fault: Fault, place: Place, position: Position): string {
  return shownLine(place.source, position, (line) => {
    const masked = withoutSecrets(line, fault.path, fault.secretKey?.());
    return fault.secret === true ? starred(masked, position.column - 1, place.length) : masked;
  });
}

function said({ path, origin, unset = [] }: Fault, message: string): string {
  const missing = unset.filter((uri) => uri !== origin).map((uri) => cut(shownUri(uri)));
  const notes = [
    ...(origin === undefined
      ? []
      : [`the value came from ${cut(shownUri(origin))}${unset.includes(origin) ? ', which is not set' : ''}`]),
    ...(missing.length === 0 ? [] : [`${missing.join(' and ')} ${missing.length === 1 ? 'is' : 'are'} not set`]),
  ];
  return `${path === '' ? '' : `${cut(path)}: `}${cut(message)}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`;
}

/** Users' texts may be of any length. */
function cut(text: string): string {
  return text.length <= maxShownText ? text : `${text.slice(0, maxShownText)}...`;
}

/** A line and the carets below what is meant. */
function pointedAt({ line, column, text }: Position, length: number, shown: string): string[] {
  if (text.length > maxShownLine) return [];
  const number = String(line);
  const width = Math.max(1, Math.min(length, text.length - column + 1));
  // Tabs keep their width, so that the caret stands below what it means.
  const indent = text.slice(0, column - 1).replace(/[^\t]/g, ' ');
  return [`  ${number} | ${shown}`, `  ${' '.repeat(number.length)} | ${indent}${'^'.repeat(width)}`];
}

/** The text has its secrets masked already. */
function pointedInside({ text, at }: FaultPlace['inside'] & {}): string[] {
  const position = positionOf({ source: { name: '', text }, start: at.offset, length: at.length ?? 1 });
  return [
    `  line ${position.line}, column ${position.column} of the value:`,
    ...pointedAt(position, at.length ?? 1, position.text),
  ];
}

function starred(line: string, from: number, length: number): string {
  const end = Math.min(line.length, from + length);
  return line.slice(0, from) + '*'.repeat(Math.max(0, end - from)) + line.slice(end);
}

/** The parts of a line that are not shown. */
function hiddenIn(line: string, shown: string): string[] {
  if (line === shown || line.length !== shown.length) return [];
  const values: string[] = [];
  for (let at = 0; at < line.length;) {
    let end = at;
    while (end < line.length && shown[end] === '*' && line[end] !== '*') end++;
    if (end > at) values.push(line.slice(at, end).replace(/^["']|["']$/g, ''));
    at = end + 1;
  }
  return values;
}

/** The nearest of some names, when it is near enough to be a slip. */
export function nearest(name: string, names: Iterable<string>): string | undefined {
  if (name.length > maxSuggestedName) return undefined;
  let best: string | undefined;
  // In a short name two other letters make another word: `port` is no slip for `cors`.
  let bestDistance = Math.max(name.length < 5 ? 1 : 2, Math.floor(name.length / 3)) + 1;
  let compared = 0;
  for (const candidate of names) {
    if (++compared > maxCompared) break;
    if (candidate.length > maxSuggestedName) continue;
    const same = candidate.toLowerCase().replaceAll('_', '') === name.toLowerCase().replaceAll(/[_-]/g, '');
    const distance = same ? 0 : hasLettersOf(name, candidate) ? 1 : leven(name, candidate);
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  return best;
}

/** Two letters have changed places. */
function hasLettersOf(name: string, candidate: string): boolean {
  return name.length === candidate.length && [...name].toSorted().join('') === [...candidate].toSorted().join('');
}

/** `did you mean "x"?`, or where the name belongs, or the names there are. */
export function suggestion(name: string, names: readonly string[], belongsUnder: readonly string[] = []): string {
  const counterpart = counterpartOf(name, names);
  if (counterpart !== undefined) return counterpart;
  const near = nearest(name, names);
  if (near !== undefined) return `Did you mean "${near}"?`;
  if (belongsUnder.length > 0) return `It stands under ${belongsUnder.map((group) => `\`${group}\``).join(' or ')}.`;
  return names.length === 0 ? 'No key is known here: remove it.' : `Known here: ${names.toSorted().join(', ')}.`;
}
