import { readFile } from 'node:fs/promises';
import { text as contentOf } from 'node:stream/consumers';
import { painter } from '../component/colour.js';
import { print } from './output.js';

export interface OttlFlags {
  readonly statement?: readonly string[];
  readonly file?: string;
  readonly condition?: readonly string[];
  readonly context?: string;
  readonly errorMode: string;
  readonly json?: boolean;
}

/**
 * Runs statements, or conditions alone, on a file of OTLP JSON (undefined or `-`: stdin), and prints what they do.
 * Returns the exit code: 1 when a request was refused.
 */
export async function tryOttl(input: string | undefined, flags: OttlFlags): Promise<number> {
  const [{ statementsIn }, { requestsIn }, { tryRules }, { showTrial }] = await Promise.all([
    import('../testing/statement-texts.js'),
    import('../testing/requests.js'),
    import('../testing/trial.js'),
    import('../testing/show-trial.js'),
  ]);
  const given = (kind: string, texts: readonly string[] = []): { text: string; source: string; line: undefined }[] =>
    texts.map((text, i) => ({ text, source: `${kind} ${i + 1}`, line: undefined }));
  const { file, context = '', errorMode } = flags;
  const fromFile = file === undefined ? [] : statementsIn(file, await readFile(file, 'utf8'));
  const rules = {
    ...{ statements: [...given('statement', flags.statement), ...fromFile], context: context.toLowerCase(), errorMode },
    conditions: given('condition', flags.condition),
  };
  if (rules.statements.length === 0 && rules.conditions.length === 0)
    throw new Error('nothing to run: give a statement (-s), a file with statements (-f) or a condition (-c)');
  const content = input === undefined || input === '-' ? await contentOf(process.stdin) : await readFile(input, 'utf8');
  const { signal, requests } = requestsIn(content);
  const outcomes = await tryRules(rules, signal, requests);
  const refused = outcomes.filter((outcome) => outcome.refused !== undefined);
  if (flags.json === true) {
    for (const { after, refused: why } of outcomes) if (why === undefined) await print(`${JSON.stringify(after)}\n`);
    for (const { refused: why } of refused) process.stderr.write(`refused: ${why}\n`);
  } else {
    const gone = rules.statements.length === 0 ? 'matched' : 'gone';
    await print(showTrial(signal, outcomes, gone, painter(process.stdout)));
  }
  return refused.length > 0 ? 1 : 0;
}
