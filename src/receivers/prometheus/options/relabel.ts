import { group, int, list, scalar, text, type Report, type Schema } from '../../../component/schema/schema.js';
import { patternFault } from '../../../pattern/pattern.js';
import { anchored, relabelActions, type RelabelOptions } from '../relabel/rule.js';

const defaults = { separator: ';', regex: '(.*)', replacement: '$1' } as const;

/** A list of relabelling steps. `about`: what they change. */
export function relabelConfigs(about: string): Schema<readonly RelabelOptions[]> {
  return list(
    group<RelabelOptions>(
      {
        source_labels: list(text(), [], { about: 'Labels whose values are joined.' }),
        separator: scalar(defaults.separator, { about: 'Put between them.' }),
        regex: scalar(defaults.regex, { about: 'RE2 pattern that the whole text has to match.' }, regexFault),
        modulus: int(0, { about: 'For `hashmod`.' }),
        target_label: scalar('', { about: 'The label that is set or compared; `$1` in it stands for a group.' }),
        replacement: scalar(defaults.replacement, { about: 'New value, `$1` for a group: `$$1` in this file.' }),
        action: text('replace', {
          about: relabelActions.map((action) => `\`${action}\``).join(', '),
        }),
      },
      checkRelabel,
    ),
    [],
    { about },
  );
}

function regexFault(regex: string): string | undefined {
  return patternFault(anchored(regex))?.replace(/\^\(\?s:([^]*)\)\$/, '$1');
}

const needTarget: ReadonlySet<string> = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
]);

function checkRelabel(options: RelabelOptions, report: Report): void {
  const action = options.action.toLowerCase();
  if (!(relabelActions as readonly string[]).includes(action)) {
    report(
      `unknown relabel action ${JSON.stringify(options.action)}`,
      ['action'],
      undefined,
      `Known: ${relabelActions.join(', ')}.`,
    );
    return;
  }
  if (action === 'hashmod' && options.modulus <= 0)
    report('relabel configuration for hashmod requires non-zero modulus', ['modulus']);
  if (needTarget.has(action) && options.target_label === '')
    report(`relabel configuration for ${action} action requires 'target_label' value`);
  if (action === 'keepequal' || action === 'dropequal')
    onlyWith(
      options,
      action,
      ['regex', 'replacement', 'separator', 'modulus'],
      'source_labels and target_label',
      report,
    );
  if (action === 'labeldrop' || action === 'labelkeep')
    onlyWith(
      options,
      action,
      ['source_labels', 'target_label', 'replacement', 'separator', 'modulus'],
      "'regex', and no other fields",
      report,
    );
}

function onlyWith(
  options: RelabelOptions,
  action: string,
  others: readonly (keyof RelabelOptions)[],
  what: string,
  report: Report,
): void {
  const usual: Readonly<Record<string, unknown>> = { ...defaults, modulus: 0, target_label: '' };
  for (const name of others) {
    const value = options[name];
    const isUsual = Array.isArray(value) ? value.length === 0 : value === usual[name];
    if (!isUsual) report(`${action} action requires only ${what}`, [name]);
  }
}
