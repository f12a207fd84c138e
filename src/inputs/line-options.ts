import { flag, type Report, type Shape } from '../component/schema/schema.js';
import { LineSplitter, type SplitOptions } from '../lines/line-splitter.js';
import { checkLines, encodingOption, linePattern, multilineOption, type Multiline } from '../lines/options.js';
import { textEncoding, type TextEncoding } from '../lines/text-encoding.js';
import type { LineFinder } from '../lines/line-finder.js';

/** The options that say how the bytes of a socket become texts. */
export interface LineConfig {
  readonly encoding: string;
  readonly multiline: Multiline;
  readonly preserve_leading_whitespaces: boolean;
  readonly preserve_trailing_whitespaces: boolean;
  readonly one_log_per_packet: boolean;
  readonly add_attributes: boolean;
}

export const lineShape: Shape<LineConfig> = {
  encoding: encodingOption,
  multiline: multilineOption,
  preserve_leading_whitespaces: flag(false, { about: 'Blanks before the text stay.' }),
  preserve_trailing_whitespaces: flag(false, { about: 'Blanks behind the text stay.' }),
  one_log_per_packet: flag(false, {
    about: 'All bytes of a datagram, or of a connection, are one record; nothing is split or trimmed.',
  }),
  add_attributes: flag(false, { about: 'Addresses of both ends as attributes (`net.peer.ip`, `net.host.port`, ...).' }),
};

/** Checks what several of these options say together. */
export function checkLineOptions(value: LineConfig, report: Report): void {
  checkLines(value, report);
  if (!value.one_log_per_packet) return;
  for (const option of ['line_start_pattern', 'line_end_pattern'] as const)
    if (value.multiline[option] !== '')
      report(
        `${option} has no effect beside one_log_per_packet`,
        ['multiline', option],
        undefined,
        'Set one of the two.',
      );
}

/** The encoding of the options, which were checked. */
export function lineEncodingOf({ encoding }: LineConfig): TextEncoding {
  const known = textEncoding(encoding);
  if (known === undefined) throw new Error(`there is no encoding ${encoding}`);
  return known;
}

/** Makes the splitter of one connection or port. `finder`: in place of lines. `asItIs`: nothing is trimmed. */
export function splitterOf(
  config: LineConfig,
  parts: Pick<SplitOptions, 'maxBytes' | 'oversize'>,
  finder: LineFinder | undefined,
  asItIs: boolean,
): LineSplitter {
  return new LineSplitter({
    ...parts,
    encoding: lineEncodingOf(config),
    multiline: linePattern(config.multiline),
    finder,
    keepLeading: asItIs || config.preserve_leading_whitespaces,
    keepTrailing: asItIs || config.preserve_trailing_whitespaces,
  });
}
