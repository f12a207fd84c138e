import type { Painter } from '../../component/colour.js';
import { escaped, spacedJson, type Level, type Line } from './console.js';

const colours: Readonly<Record<Level, Parameters<Painter>[0]>> = {
  debug: 'dim',
  info: 'green',
  warn: 'yellow',
  error: 'red',
};

/** Fields that stand before the message, or were said once. */
const elsewhere = new Set([
  'resource',
  'otelcol.component.id',
  'otelcol.component.kind',
  'otelcol.signal',
  'otelcol.pipeline.id',
]);

/**
 * The format for a terminal: time of day, level, component, message and fields, without date, caller and stack. The
 * resource stands above the first line only; a list of objects, such as the ledger, has a line for each.
 */
export function terminalFormat(paint: Painter): (line: Line) => string {
  let saidResource = false;
  return (line) => {
    const text = shortLine(line, paint);
    if (saidResource) return text;
    saidResource = true;
    const { resource } = line.fields;
    return isObject(resource) ? `${paint('dim', `resource ${pairs(resource)}`)}\n${text}` : text;
  };
}

function shortLine({ level, time, message, fields, manyLines }: Line, paint: Painter): string {
  const columns = [paint('dim', clockTime(time)), paint(colours[level], level.padEnd(5))];
  const component = componentOf(fields);
  if (component !== '') columns.push(paint('cyan', component));
  const rows: string[] = [];
  const plain: [string, unknown][] = [];
  for (const [name, value] of Object.entries(fields)) {
    if (elsewhere.has(name)) continue;
    if (isRows(value)) rows.push(...value.map(pairs));
    else plain.push([name, value]);
  }
  const text = escaped(message);
  const block = manyLines && text.includes('\n');
  if (!block) columns.push(text.replaceAll('\n', '\\n'));
  if (plain.length > 0) columns.push(paint('dim', pairs(Object.fromEntries(plain))));
  const below = block ? text.trimEnd().split('\n') : [];
  return [columns.join(' '), ...[...below, ...rows].map((row) => `    ${row}`), ''].join('\n');
}

/** `exporter debug/backend-1 traces`, or as much of it as a line has. */
function componentOf(fields: Line['fields']): string {
  const parts = ['otelcol.component.kind', 'otelcol.component.id', 'otelcol.pipeline.id', 'otelcol.signal'];
  return parts
    .map((name) => fields[name])
    .filter((part) => typeof part === 'string')
    .map(escaped)
    .join(' ');
}

/** `a=1 b="two words"`. */
function pairs(fields: Readonly<Record<string, unknown>>): string {
  return Object.entries(fields)
    .filter(([, value]) => !(isObject(value) && Object.keys(value).length === 0))
    .map(([name, value]) => `${escaped(name)}=${valueText(value)}`)
    .join(' ');
}

function valueText(value: unknown): string {
  const text = value instanceof Error ? value.message : value;
  const plain = typeof text === 'string' && /^[^\s"={}]+$/.test(text);
  return escaped(plain ? text : spacedJson(text));
}

function isRows(value: unknown): value is readonly Record<string, unknown>[] {
  return Array.isArray(value) && value.length > 0 && value.every(isObject);
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Error);
}

function clockTime(time: Date): string {
  const two = (number: number): string => String(number).padStart(2, '0');
  const ms = String(time.getMilliseconds()).padStart(3, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${ms}`;
}
