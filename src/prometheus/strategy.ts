/** How names of OTLP become names of Prometheus (docs/spec/agent.md#prometheus-translation). */
export const strategies = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const;

export type TranslationStrategy = (typeof strategies)[number];

export interface NameRules {
  /** Names end with the unit and the type. */
  readonly suffixes: boolean;
  /** Names keep all characters; otherwise those that Prometheus did not know before UTF-8 become underscores. */
  readonly utf8: boolean;
  /** Stands before every name of a metric; empty for none. */
  readonly namespace: string;
}

export function nameRules(strategy: TranslationStrategy, namespace: string): NameRules {
  return {
    suffixes: strategy === 'UnderscoreEscapingWithSuffixes' || strategy === 'NoUTF8EscapingWithSuffixes',
    utf8: strategy === 'NoUTF8EscapingWithSuffixes' || strategy === 'NoTranslation',
    namespace,
  };
}
