import { logSizeOption } from '../../../component/schema/byte-size.js';
import { choice, flag, type Report } from '../../../component/schema/schema.js';
import { defineOperator, type OperatorDefinition } from '../../operator.js';
import { parserOptions, type ParserOptions } from '../../parse/parser-options.js';
import { Container, type ContainerOptions } from './container.js';

/** Reads the lines that container runtimes write, and the names in the paths of their files. */
export const containerOperator: OperatorDefinition<ContainerOptions & ParserOptions> = defineOperator<
  ContainerOptions & ParserOptions
>({
  type: 'container',
  config: parserOptions<ContainerOptions>(
    'container',
    {
      format: choice(
        ['', 'docker', 'crio', 'containerd'],
        '',
        { about: 'Runtime that writes the lines. Default: each line shows it.' },
        (value) => `operator config has an invalid \`format\` field: ${value}`,
      ),
      add_metadata_from_filepath: flag(true, {
        about: 'Names of namespace, pod and container become attributes of the resource. Needs `include_file_path`.',
      }),
      max_log_size: logSizeOption('0', {
        about: 'Size of a line that is put together of parts beyond which it is handed on; 0: any size.',
      }),
    },
    { check },
  ),
  create: (options, place) => new Container(options, place),
});

function check({ parse_to: to }: ParserOptions, report: Report): void {
  if (to !== '' && to !== 'attributes')
    report(
      'container: what a line says becomes attributes and the body',
      ['parse_to'],
      undefined,
      'Remove the option.',
    );
}
