// Which component types the recorded cases use, and which of them a program lacks.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/** Types that the recordings use, each with its older spellings. */
const types = [
  ['attributes'],
  ['batch'],
  ['bearertokenauth'],
  ['count'],
  ['debug'],
  ['file'],
  ['file_log', 'filelog'],
  ['file_storage'],
  ['filter'],
  ['forward'],
  ['health_check'],
  ['host_metrics', 'hostmetrics'],
  ['load_balancing', 'loadbalancing'],
  ['memory_limiter'],
  ['nop'],
  ['otlp'],
  ['otlp_grpc'],
  ['otlp_http', 'otlphttp'],
  ['probabilistic_sampler'],
  ['prometheus'],
  ['prometheus_remote_write', 'prometheusremotewrite'],
  ['resource'],
  ['resource_detection', 'resourcedetection'],
  ['span_metrics', 'spanmetrics'],
  ['tail_sampling'],
  ['transform'],
  ['zpages'],
];
const typeOf = new Map(types.flatMap(([type, ...older]) => [type, ...older].map((spelling) => [spelling, type])));

/**
 * Types that also occur as ordinary keys: they count only where a section or a pipeline of a configuration names them.
 */
const ordinary = new Set([
  ...[
    'attributes',
    'batch',
    'count',
    'debug',
    'file',
    'filter',
    'forward',
    'nop',
    'otlp',
    'prometheus',
    'resource',
    'transform',
  ],
]);

/** Topics that are about components: a program that has none of them has nothing to replay. */
const subjects = {
  attributes: ['attributes', 'resource'],
  ottl: ['transform', 'filter'],
  prometheus: ['prometheus', 'prometheus_remote_write'],
};
export const subjectsOf = (topic) => subjects[topic] ?? (typeOf.has(topic) ? [topic] : []);

/** The component types that `COMMAND components` lists. */
export function listComponents([command, ...args]) {
  const list = execFileSync(command, [...args, 'components'], { encoding: 'utf8' });
  return new Set([...list.matchAll(/\bname: ([a-z_0-9]+)/g)].map(([, name]) => typeOf.get(name) ?? name));
}

/** The number of cases in the folder of a topic: lines of JSONL, entries of lists, or whole files. */
export function numberOfCases(folder) {
  const listed = (file) => {
    const value = JSON.parse(fs.readFileSync(file, 'utf8'));
    return Array.isArray(value) ? value.length : 1;
  };
  let count = 0;
  for (const name of fs.readdirSync(folder)) {
    const file = path.join(folder, name);
    if (name === 'cases') for (const one of fs.readdirSync(file)) count += listed(path.join(file, one));
    else if (name === 'config-errors.json') count += listed(file);
    else if (name.endsWith('.jsonl')) count += fs.readFileSync(file, 'utf8').split('\n').filter(Boolean).length;
  }
  return count;
}

/** Every object with a name or an id in a value, at any depth. */
function* recordsIn(value) {
  if (Array.isArray(value)) for (const one of value) yield* recordsIn(one);
  else if (value && typeof value === 'object') {
    if (typeof (value.name ?? value.id) === 'string') yield value;
    for (const [name, one] of Object.entries(value)) {
      if (typeof one === 'string' && one.includes('pipelines')) yield { name, config: one };
      else if (one && typeof one === 'object') {
        if (!Array.isArray(one)) yield { name, ...one };
        yield* recordsIn(one);
      }
    }
  }
}

/** All cases of a topic's folder: `{ name, id, text }`, where text has every configuration that the case uses. */
export function casesIn(folder) {
  const found = [];
  for (const entry of fs.readdirSync(folder, { withFileTypes: true, recursive: true })) {
    const file = path.join(entry.parentPath, entry.name);
    if (entry.name.endsWith('.yaml'))
      found.push({ name: entry.name.slice(0, -5), id: '', text: fs.readFileSync(file, 'utf8') });
    if (!/\.jsonl?$/.test(entry.name)) continue;
    const lines = fs.readFileSync(file, 'utf8').split('\n').filter(Boolean);
    const values = entry.name.endsWith('l') ? lines.map((line) => JSON.parse(line)) : [JSON.parse(lines.join('\n'))];
    for (const record of recordsIn(values)) {
      // A case names other files of its folder: `config: exposition/idle.yaml`, `--config=base.yaml`.
      const texts = [JSON.stringify(record)];
      for (const [name] of texts[0].matchAll(/(?<=["=:])[\w-][\w/.-]*\.yaml(?=")/g)) {
        if (record.files?.[name] === undefined && fs.existsSync(path.join(entry.parentPath, name))) {
          texts.push(fs.readFileSync(path.join(entry.parentPath, name), 'utf8'));
        }
      }
      found.push({
        name: String(record.name ?? record.id),
        id: String(record.id ?? record.name),
        text: texts.join('\n'),
      });
    }
  }
  return found;
}

/** The component types which the case behind a failing line uses and `available` lacks. */
export function waitsFor(line, cases, available) {
  const head = line.slice(0, 300);
  const own = cases.filter(
    ({ id, name }) =>
      (id.length > 3 && head.startsWith(id)) ||
      (name.length > 3 && (head.includes(` ${name}:`) || head.includes(`/${name}:`) || head.startsWith(`${name}:`))) ||
      head.includes(`setup ${name}:`),
  );
  const text = own.map((one) => one.text).join('\n');
  return [...typesIn(text.replaceAll('\\n', '\n').replaceAll('\\"', '"'))].filter((type) => !available.has(type));
}

function typesIn(text) {
  const used = new Set();
  const use = (id) => {
    const type = typeOf.get(id.split('/')[0].trim());
    if (type) used.add(type);
  };
  for (const [word, type] of typeOf)
    if (!ordinary.has(word) && new RegExp(`(?<![\\w.])${word}(?![\\w.])`).test(text)) used.add(type);
  // Lists of a pipeline or of the service.
  const lists = /(?:receivers|processors|exporters|extensions)"?:\s*(?:\[([^\]]*)\]|((?:\n\s*-\s*[\w/.-]+)+))/g;
  for (const [, inline, block] of text.matchAll(lists))
    for (const [id] of (inline ?? block).matchAll(/[\w.-]+(?:\/[\w.-]+)?/g)) use(id);
  // Sections: the keys of a block (those with the indentation of the first), or the first key of one in braces.
  // A file within a case begins behind a quotation mark.
  const sections = /(?:^|")(?:receivers|processors|exporters|connectors|extensions):\s*\n((?:[ \t]+.*\n?)+)/gm;
  for (const [, block] of text.matchAll(sections)) {
    const indent = /^[ \t]+/.exec(block)?.[0] ?? '';
    for (const row of block.split('\n'))
      if (row.startsWith(indent)) use(/^([\w/.-]+):/.exec(row.slice(indent.length))?.[1] ?? '');
  }
  for (const [, id] of text.matchAll(
    /(?:receivers|processors|exporters|connectors|extensions)"?:\s*\{\s*"?([\w/.-]+)/g,
  ))
    use(id);
  return used;
}
