import type { ProcessorDefinition } from '../../component/define.js';
import { replayed } from '../../../test/support/recorded-ottl.js';
import { definition } from './index.js';

replayed(definition as ProcessorDefinition);
