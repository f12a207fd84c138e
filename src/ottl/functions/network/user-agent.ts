import { converter, type Converter } from '../../function.js';
import { string } from '../../parameters.js';
import { userAgentRules, type UserAgentRule } from './user-agent-patterns.js';

/** The results that are kept: the same few programs send nearly all requests. */
const mostKept = 1000;
/** A text without a match is held against about a thousand patterns, so only its beginning counts. */
const mostCharacters = 2048;

type Found = ReadonlyMap<string, string>;

/** The browser and the system that a `User-Agent` names, by the patterns of uap-core. */
export const userAgentConverter: Converter = converter('UserAgent', { user_agent: string() }, (args) => {
  const { browsers, systems } = userAgentRules();
  const kept = new Map<string, Found>();
  return (scene) => {
    const text = args.user_agent.get(scene);
    const start = text.slice(0, mostCharacters);
    const found = kept.get(start) ?? find(start, browsers, systems);
    if (kept.size >= mostKept && !kept.has(start)) kept.clear();
    kept.set(start, found);
    return new Map([...found, ['user_agent.original', text]]);
  };
});

function find(text: string, browsers: readonly UserAgentRule[], systems: readonly UserAgentRule[]): Found {
  const [name, ...numbers] = first(text, browsers);
  const [system, ...systemNumbers] = first(text, systems);
  const found = new Map([
    ['user_agent.name', name ?? 'Other'],
    ['user_agent.version', version(numbers.slice(0, 3))],
    ['os.name', system ?? 'Other'],
  ]);
  const systemVersion = version(systemNumbers);
  if (systemVersion !== '') found.set('os.version', systemVersion);
  return found;
}

/** The name and the numbers of the version, of the first rule that matches. */
function first(text: string, rules: readonly UserAgentRule[]): readonly string[] {
  for (const rule of rules) {
    const groups = rule.match(text);
    if (groups === undefined) continue;
    return rule.replacements.map((replacement, index) => {
      if (replacement === undefined) return (groups[index + 1] ?? '').trim();
      return replacement.replaceAll(/\$(\d)/g, (_, group: string) => groups[Number(group)] ?? '').trim();
    });
  }
  return [];
}

/** Numbers up to the first that is missing. */
function version(numbers: readonly string[]): string {
  const end = numbers.indexOf('');
  return numbers.slice(0, end === -1 ? undefined : end).join('.');
}
