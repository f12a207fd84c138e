import type { Dictionary, Profile } from './data.js';
import { timeText, type Lines } from './lines.js';
import { typed } from './value.js';

function indices(list: readonly (number | string)[] | undefined): string {
  return `[${(list ?? []).join(' ')}]`;
}

export function addDictionary(lines: Lines, dictionary: Dictionary): void {
  for (const [i, mapping] of (dictionary.mappingTable ?? []).entries()) {
    lines.add(`Mapping #${i}`);
    lines.add(`    Memory start: ${mapping.memoryStart ?? 0}`);
    lines.add(`    Memory limit: ${mapping.memoryLimit ?? 0}`);
    lines.add(`    File offset: ${mapping.fileOffset ?? 0}`);
    lines.add(`    File name: ${mapping.filenameStrindex ?? 0}`);
    lines.add(`    Attributes: ${indices(mapping.attributeIndices)}`);
  }
  for (const [i, location] of (dictionary.locationTable ?? []).entries()) {
    lines.add(`Location #${i}`);
    lines.add(`    Mapping index: ${location.mappingIndex ?? 0}`);
    lines.add(`    Address: ${location.address ?? 0}`);
    for (const [k, line] of (location.lines ?? []).entries()) {
      lines.add(`    Line #${k}`);
      lines.add(`        Function index: ${line.functionIndex ?? 0}`);
      lines.add(`        Line: ${line.line ?? 0}`);
      lines.add(`        Column: ${line.column ?? 0}`);
    }
    lines.add(`    Attributes: ${indices(location.attributeIndices)}`);
  }
  for (const [i, fn] of (dictionary.functionTable ?? []).entries()) {
    lines.add(`Function #${i}`);
    lines.add(`    Name: ${fn.nameStrindex ?? 0}`);
    lines.add(`    System name: ${fn.systemNameStrindex ?? 0}`);
    lines.add(`    Filename: ${fn.filenameStrindex ?? 0}`);
    lines.add(`    Start line: ${fn.startLine ?? 0}`);
  }
  addTables(lines, dictionary);
}

/** The first entry of these tables stands for "none" and is not shown. */
function addTables(lines: Lines, dictionary: Dictionary): void {
  const attributes = (dictionary.attributeTable ?? []).slice(1);
  if (attributes.length > 0) lines.add('Attribute table:');
  for (const { keyStrindex, value, unitStrindex } of attributes) {
    lines.add(`     -> Key: Int(${keyStrindex ?? 0})`);
    lines.add(`     -> Value: ${typed(value, dictionary)}`);
    lines.add(`     -> unit: Int(${unitStrindex ?? 0})`);
  }
  const links = (dictionary.linkTable ?? []).slice(1);
  if (links.length > 0) lines.add('Link table:');
  for (const { traceId, spanId } of links) {
    lines.add(`     -> Trace ID: Str(${traceId ?? ''})`);
    lines.add(`     -> Span ID: Str(${spanId ?? ''})`);
  }
  if (dictionary.stringTable === undefined) return;
  lines.add('String table:');
  for (const text of dictionary.stringTable) lines.add(`    ${text}`);
}

export function addProfile(lines: Lines, index: number, profile: Profile, dictionary: Dictionary): void {
  const field = (name: string, value: string): void => lines.add(`    ${name.padEnd(15)}: ${value}`);
  lines.add(`Profile #${index}`);
  field('Profile ID', profile.profileId ?? '');
  field('Start time', timeText(profile.timeUnixNano));
  field('DurationNano', profile.durationNano ?? '0');
  lines.add(`    Dropped attributes count: ${profile.droppedAttributesCount ?? 0}`);
  for (const [i, sample] of (profile.samples ?? []).entries()) {
    lines.add(`    Sample #${i}`);
    lines.add(`        Values: ${indices(sample.values)}`);
    if (sample.attributeIndices === undefined) continue;
    lines.add('        Attributes:');
    for (const at of sample.attributeIndices) {
      const entry = dictionary.attributeTable?.[at] ?? {};
      lines.add(
        `             -> ${dictionary.stringTable?.[entry.keyStrindex ?? 0] ?? ''}: ${typed(entry.value, dictionary)}`,
      );
    }
  }
}
