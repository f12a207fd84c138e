import { group, type Schema } from '../../component/schema/schema.js';

/** It has no options. */
export type Config = Readonly<Record<string, never>>;

export const config: Schema<Config> = group<Config>({});
