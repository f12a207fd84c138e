// Refuses regular expressions of src that can take more than linear time: most of them read what a peer sends, and a
// header of 64 kB is enough to stop the event loop for seconds. The analysis is conservative (scslre): two quantifiers
// that can trade characters, one that can repeat itself in several ways, and an unanchored one that is tried at every
// offset of a run of its own characters.
import fs from 'node:fs';
import { analyse } from 'scslre';
import ts from 'typescript';

/** Patterns that are made at run time, by file, and why they are harmless. */
const madeAtRunTime = new Map([
  ['src/pattern/compiled-pattern.ts', 'a text of the configuration with all that is special in it escaped'],
  ['src/pattern/javascript.ts', 'a pattern of the configuration that src/pattern/linear.ts has proven linear'],
  ['src/config/yaml/scalar.ts', 'a constant in parts; a scalar of the configuration'],
  ['src/config/hidden.ts', 'constants in parts; lines of the configuration that are shown'],
  ['src/pattern/compiled-pattern.ts', 'a pattern of src/pattern/javascript.ts, once more with its places'],
  ['src/telemetry/views.ts', 'wildcards of the configuration; names of our own metrics'],
]);
/** Patterns that the analysis refuses, by file and source, and why they are harmless. */
const harmless = new Map([
  [
    String.raw`src/config/hidden.ts /(?<=(?:proxy|token)_url["']?:\s+)("[^"]*"|'[^']*'|[^\s,}]+)/g`,
    'a line of the configuration, never of a peer',
  ],
  [
    String.raw`src/config/hidden.ts /^(\s*(?:- +)*(?:["']?[\w./-]+["']?\s*:\s+)?)(.*)$/`,
    'a line of the configuration, never of a peer',
  ],
  [
    String.raw`src/config/hidden.ts /(?<=[?&][^=&#\s]*=)[^&#]+|(?<=\?)[^=&#]+(?=$|&|#)/g`,
    'the query of a URL of the configuration, never of a peer',
  ],
  [
    String.raw`src/config/yaml/scalar.ts /(?:(?:[Tt]|[ \t]+)(\d{1,2}):(\d{1,2}):(\d{1,2})(\.\d+)?` +
      String.raw`(?:Z|([-+]\d\d):?(\d\d))?)?$/`,
    'the end of a pattern that is anchored at its beginning',
  ],
  [
    String.raw`src/telemetry/log/logger.ts /\(?((?:file:\/\/)?[^()\s]+):(\d+):\d+\)?$/`,
    'a line of a stack of our own code',
  ],
]);

const folder = process.argv[2] ?? 'src';
const files = fs
  .readdirSync(folder, { recursive: true })
  .map((file) => `${folder}/${file.replaceAll('\\', '/')}`)
  .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
  .toSorted();
const faults = [];
for (const file of files) {
  const text = fs.readFileSync(file, 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const visit = (node) => {
    if (ts.isRegularExpressionLiteral(node)) check(file, source, node);
    if (
      (ts.isNewExpression(node) || ts.isCallExpression(node)) &&
      node.expression.getText(source) === 'RegExp' &&
      !madeAtRunTime.has(file)
    )
      report(file, source, node, 'a pattern that is made at run time: say in scripts/patterns.mjs why it is harmless');
    ts.forEachChild(node, visit);
  };
  visit(source);
}
for (const fault of faults) console.log(fault);
if (faults.length > 0) process.exit(1);

function check(file, source, node) {
  const literal = node.getText(source);
  if (harmless.has(`${file} ${literal}`)) return;
  const end = literal.lastIndexOf('/');
  const { reports } = analyse({ source: literal.slice(1, end), flags: literal.slice(end + 1) });
  for (const { type, character, exponential } of reports) {
    const time = exponential ? 'exponential' : 'quadratic';
    report(file, source, node, `${literal} takes ${time} time (${type}: ${character.literal.source})`);
  }
}

function report(file, source, node, what) {
  const { line } = source.getLineAndCharacterOfPosition(node.getStart(source));
  faults.push(`${file}:${line + 1}: ${what}`);
}
