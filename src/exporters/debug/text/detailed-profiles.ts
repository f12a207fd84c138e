import type { DictionaryView } from '../../../otlp/view/dictionary.js';
import type { ProfileLinkView, LocationView } from '../../../otlp/view/dictionary-entries.js';
import type { ProfileView, SampleView } from '../../../otlp/view/profile.js';
import type { Int32List, Varint64List } from '../../../otlp/view/scalar-list.js';
import { idText, signedText, unsignedText } from './number.js';
import type { TextPage, Writing } from './text-page.js';
import type { DictionaryTables } from './dictionary-tables.js';
import { timeText } from './time.js';
import { writeTyped } from './value.js';

export function* writeProfile(page: TextPage, profile: ProfileView, number: number, tables: DictionaryTables): Writing {
  page.add(
    `Profile #${number}\n    Profile ID     : ${idText(profile.profileId)}\n` +
      `    Start time     : ${timeText(profile.timeUnixNano)}\n` +
      `    DurationNano   : ${unsignedText(profile.durationNano)}\n` +
      `    Dropped attributes count: ${profile.droppedAttributesCount}\n`,
  );
  page.readMessage(profile);
  const sample = profile.samples();
  for (let i = 0; sample.next(); i++) {
    page.add(`    Sample #${i}\n        Values: `);
    yield* writeNumbers(page, sample.values());
    page.add('\n');
    yield* writeSampleAttributes(page, sample, tables);
    if (page.isFull) yield;
  }
}

function* writeSampleAttributes(page: TextPage, sample: SampleView, tables: DictionaryTables): Writing {
  page.readMessage(sample);
  let before = '        Attributes:\n             -> ';
  for (const index = sample.attributeIndices(); index.next(); before = '             -> ') {
    page.add(before);
    const attribute = tables.attribute(index.value);
    tables.addString(page, attribute.keyStrindex);
    page.add(': ');
    yield* writeTyped(page, attribute.value, tables);
    page.add('\n');
    if (page.isFull) yield;
  }
}

export function* writeDictionary(page: TextPage, tables: DictionaryTables): Writing {
  const { dictionary } = tables;
  page.readMessage(dictionary);
  const mapping = dictionary.mappingTable();
  for (let i = 0; mapping.next(); i++) {
    page.add(
      `Mapping #${i}\n    Memory start: ${unsignedText(mapping.memoryStart)}\n` +
        `    Memory limit: ${unsignedText(mapping.memoryLimit)}\n` +
        `    File offset: ${unsignedText(mapping.fileOffset)}\n` +
        `    File name: ${mapping.filenameStrindex}\n`,
    );
    yield* writeIndices(page, mapping.attributeIndices());
    if (page.isFull) yield;
  }
  page.readMessage(dictionary);
  const location = dictionary.locationTable();
  for (let i = 0; location.next(); i++) {
    page.add(
      `Location #${i}\n    Mapping index: ${location.mappingIndex}\n    Address: ${unsignedText(location.address)}\n`,
    );
    yield* writeLines(page, location);
    yield* writeIndices(page, location.attributeIndices());
    if (page.isFull) yield;
  }
  page.readMessage(dictionary);
  const fn = dictionary.functionTable();
  for (let i = 0; fn.next(); i++) {
    page.add(
      `Function #${i}\n    Name: ${fn.nameStrindex}\n    System name: ${fn.systemNameStrindex}\n` +
        `    Filename: ${fn.filenameStrindex}\n    Start line: ${signedText(fn.startLine)}\n`,
    );
    if (page.isFull) yield;
  }
  yield* writeTables(page, dictionary, tables);
}

function* writeLines(page: TextPage, location: LocationView): Writing {
  page.readMessage(location);
  const line = location.lines();
  for (let i = 0; line.next(); i++) {
    page.add(
      `    Line #${i}\n        Function index: ${line.functionIndex}\n        Line: ${signedText(line.line)}\n` +
        `        Column: ${signedText(line.column)}\n`,
    );
    if (page.isFull) yield;
  }
}

/** The first entry of the tables of attributes and links stands for "none" and is not shown. */
function* writeTables(page: TextPage, dictionary: DictionaryView, tables: DictionaryTables): Writing {
  page.readMessage(dictionary);
  const attribute = dictionary.attributeTable();
  attribute.next();
  for (let before = 'Attribute table:\n'; attribute.next(); before = '') {
    page.add(`${before}     -> Key: Int(${attribute.keyStrindex})\n     -> Value: `);
    yield* writeTyped(page, attribute.value, tables);
    page.add(`\n     -> unit: Int(${attribute.unitStrindex})\n`);
    if (page.isFull) yield;
  }
  page.readMessage(dictionary);
  yield* writeProfileLinks(page, dictionary.linkTable());
  page.readMessage(dictionary);
  const text = dictionary.stringTable();
  for (let before = 'String table:\n'; text.next(); before = '') {
    page.add(`${before}    `);
    page.addText(text.value);
    page.add('\n');
    if (page.isFull) yield;
  }
}

function* writeProfileLinks(page: TextPage, link: ProfileLinkView): Writing {
  link.next();
  for (let before = 'Link table:\n'; link.next(); before = '') {
    page.add(`${before}     -> Trace ID: Str(${idText(link.traceId)})\n     -> Span ID: Str(${idText(link.spanId)})\n`);
    if (page.isFull) yield;
  }
}

function* writeIndices(page: TextPage, indices: Int32List): Writing {
  page.add('    Attributes: ');
  yield* writeNumbers(page, indices);
  page.add('\n');
}

/** `[1 2 3]` */
function* writeNumbers(page: TextPage, list: Int32List | Varint64List): Writing {
  page.add('[');
  for (let before = ''; list.next(); before = ' ') {
    page.add(`${before}${typeof list.value === 'number' ? list.value : signedText(list.value)}`);
    if (page.isFull) yield;
  }
  page.add(']');
}
