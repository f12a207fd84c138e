/**
 * The command line for people to see: values of `--set` and configuration that stands on it may be secrets, and are
 * left out.
 */
export function shownCommandLine(argv: readonly string[] = process.argv): string[] {
  return argv.map((word, i) => {
    const flag = /^(--set|--config)=/.exec(word)?.[0] ?? '';
    const before = argv[i - 1];
    if (flag === '' && before !== '--set' && before !== '--config') return word;
    const value = word.slice(flag.length);
    if (flag === '--set=' || before === '--set') return `${flag}${value.replace(/=[^]*/, '=[REDACTED]')}`;
    return `${flag}${value.startsWith('yaml:') ? 'yaml:[REDACTED]' : value}`;
  });
}
