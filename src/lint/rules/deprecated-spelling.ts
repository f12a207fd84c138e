import type { Rule } from '../rule.js';

export const deprecatedSpelling: Rule = {
  id: 'deprecated-spelling',
  severity: 'info',
  title: 'A form of older versions',
  *check({ tiers }) {
    for (const { components, older } of tiers) {
      for (const { spelling, type, place, path } of components)
        if (spelling !== type)
          yield {
            at: { place, path },
            message: `${JSON.stringify(spelling)} is an older name of ${JSON.stringify(type)}`,
            remedy: `Write \`${type}\`, here and in \`service\`.`,
          };
      for (const { place, path, message, hint } of older)
        if (place)
          yield {
            at: { place, path },
            message,
            remedy: (typeof hint === 'function' ? hint() : hint) ?? 'Write the form of today.',
          };
    }
  },
};
