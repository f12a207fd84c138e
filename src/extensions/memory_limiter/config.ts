import type { Schema } from '../../component/schema/schema.js';
import { memoryLimits, type MemoryLimits } from '../../runtime/memory/limiter/options.js';

/** Options of the extension: those of the processor (spec core 16.2). */
export type Config = MemoryLimits;

export const config: Schema<Config> = memoryLimits;
