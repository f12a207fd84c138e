// Checks what code and documents refer to: sections of docs/spec (`docs/spec/core.md#retry`), recordings
// (`test/recorded/otlp`), paths that the documents of the root name, and every link of a Markdown file that is relative
// or leads to this repository on GitHub. A section is cited by file and anchor only, so that a script can find a dead
// one.
import fs from 'node:fs';
import path from 'node:path';

const root = path.resolve(import.meta.dirname, '..');
/** Where the files of this repository are shown. */
const online = /^https:\/\/github\.com\/kanmon-otel\/kanmon\/(?:blob|tree)\/main\//;
const faults = [];
const ignored = new Set(['node_modules', 'dist', '.build', '.git', 'coverage']);

function* filesIn(folder) {
  for (const entry of fs.readdirSync(folder, { withFileTypes: true })) {
    const file = path.join(folder, entry.name);
    if (entry.isDirectory()) {
      if (!ignored.has(entry.name)) yield* filesIn(file);
    } else if (/\.(?:ts|mjs|cjs|md)$/.test(entry.name)) yield file;
  }
}

/** The anchors of a Markdown file: explicit ones, and those that GitHub makes of headings. */
const anchorsOf = memoize((file) => {
  const text = fs.readFileSync(file, 'utf8');
  const explicit = [...text.matchAll(/<a id="([^"]+)"><\/a>/g)].map(([, id]) => id);
  for (const id of explicit) if (explicit.indexOf(id) !== explicit.lastIndexOf(id)) fault(file, 0, `two anchors ${id}`);
  const headings = [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading]) =>
    heading
      .toLowerCase()
      .replace(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  );
  return new Set([...explicit, ...headings]);
});

function memoize(compute) {
  const known = new Map();
  return (key) => {
    if (!known.has(key)) known.set(key, compute(key));
    return known.get(key);
  };
}

function fault(file, line, message) {
  faults.push(`${path.relative(root, file)}:${line}: ${message}`);
}

/** Complains unless `target`, a path from the root, exists and has the anchor that may follow it. */
function resolve(file, line, target) {
  const [name = '', anchor] = target.split('#');
  const there = path.join(root, name);
  if (!fs.existsSync(there)) fault(file, line, `${name} does not exist`);
  else if (anchor !== undefined && !anchorsOf(there).has(anchor)) fault(file, line, `${name} has no anchor ${anchor}`);
}

for (const file of filesIn(root)) {
  const markdown = file.endsWith('.md');
  const lines = fs.readFileSync(file, 'utf8').split('\n');
  let fenced = false;
  for (const [at, text] of lines.entries()) {
    const line = at + 1;
    if (markdown && text.startsWith('```')) fenced = !fenced;
    for (const [target] of text.matchAll(/\bdocs\/spec\/[\w-]+\.md(?:#[\w-]+)?/g)) {
      resolve(file, line, target);
      if (!markdown && !target.includes('#')) fault(file, line, `${target}: name the section by its anchor`);
    }
    for (const [target] of text.matchAll(/\btest\/recorded\/[\w./-]*[\w/](?![\w*])/g)) resolve(file, line, target);
    if (/\bspec (?:core|gateway|gateway-components|agent|agent-components|\d+\.\d+)\b/i.test(text)) {
      fault(file, line, 'cite a section as docs/spec/<file>.md#<anchor>');
    }
    if (!markdown || fenced) continue;
    if (path.dirname(file) === root && !file.endsWith('CHANGELOG.md'))
      for (const [, target] of text.matchAll(/`((?:src|test|scripts|bench|wasm)\/[\w./-]+)`/g))
        if (!target.includes('my_thing')) resolve(file, line, target);
    for (const [, link] of text.replaceAll(/`[^`]*`/g, '').matchAll(/(?:\]\(|^\[[^\]]+\]: )([^)\s]+)/g)) {
      if (online.test(link)) resolve(file, line, link.replace(online, ''));
      if (/^[a-z]+:/.test(link)) continue;
      const [name = '', anchor] = link.split('#');
      const there = name === '' ? file : path.join(path.dirname(file), name);
      resolve(file, line, `${path.relative(root, there)}${anchor === undefined ? '' : `#${anchor}`}`);
    }
  }
}

for (const one of faults) console.error(one);
process.exit(faults.length > 0 ? 1 : 0);
