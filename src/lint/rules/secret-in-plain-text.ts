import { isTelling } from '../../config/hidden.js';
import { settingsIn, type Below } from '../model/settings-in.js';
import type { Rule } from '../rule.js';

export const secretInPlainText: Rule = {
  id: 'secret-in-plain-text',
  severity: 'error',
  title: 'A secret stands in the configuration',
  *check({ tiers }) {
    for (const { components, service } of tiers)
      for (const root of [...components.map(({ config }) => config), service])
        for (const below of settingsIn(root))
          if (isSecret(below) && isLiteral(below))
            yield {
              at: below.at,
              message:
                'has its secret in the text of the configuration, for everyone who can read the file or its history',
              remedy: 'Write `${env:NAME}`, or `${file:/path}` of a mounted secret.',
            };
  },
};

/** Its own key, or the name beside it in a list of headers, is that of a secret; or a password stands in its URL. */
function isSecret({ key, at, parent }: Below): boolean {
  if (at.node?.kind !== 'scalar') return false;
  if (typeof at.node.value === 'string' && withPassword.test(at.node.value)) return true;
  if (key === 'key') return parent.path.endsWith('::api');
  if (key !== 'value') return isTelling(key) && !namesOfHeaders.test(key);
  return ['name', 'key'].some((beside) => isTelling(parent.at(beside).textOr('') ?? ''));
}

/** These have a list of names. */
const namesOfHeaders = /(?:headers|cookies)$/;
const withPassword = /^[a-z][a-z0-9+.-]*:\/\/[^/\s:@]*:[^/\s@]+@/i;
/** Password files have hashes in place of passwords. */
const hashed = /^[^:\s]+:(?:\$(?:2[aby]|apr1|5|6)\$|\{SHA\})\S+$/;

function isLiteral({ at: { node } }: Below): boolean {
  if (node?.kind !== 'scalar' || typeof node.value !== 'string' || node.value.trim() === '') return false;
  if (node.from !== undefined || node.through !== undefined || node.unset !== undefined) return false;
  const lines = node.value.split('\n').filter((line) => line.trim() !== '' && !line.startsWith('#'));
  return !lines.every((line) => hashed.test(line.trim()));
}
