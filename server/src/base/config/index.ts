/** #base/config: the bootstrap configuration. */
export { type BootstrapConfig, bootstrapSchema } from './bootstrap-schema.ts';
export { formatConfig } from './format-config.ts';
export type { Leaf } from './leaf.ts';
export { type ConfigSources, type LoadedConfig, loadConfig } from './load-config.ts';
