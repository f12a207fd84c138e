import type { Schema } from '../../component/schema/schema.js';
import { memoryLimits, type MemoryLimits } from '../../runtime/memory/limiter/options.js';

/** Options of the extension: those of the processor (docs/spec/core.md#memory-limiter). */
export type Config = MemoryLimits;

export const config: Schema<Config> = memoryLimits;
