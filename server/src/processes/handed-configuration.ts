/**
 * How the control process is told its configuration: by the supervisor, in its environment. The supervisor has checked it, so it is
 * not checked again; that of another version is (an upgrade under a running supervisor), which fills in what that one did not know.
 */
import type { BootstrapConfig } from '#base/config';
import { version } from '#base/version';

const variable = 'RINGDOWN_INTERNAL_CONFIG';

interface Handed {
  readonly version: string;
  readonly config: BootstrapConfig;
}

type Environment = Readonly<Record<string, string | undefined>>;

export function handConfiguration(config: BootstrapConfig): Environment {
  return { [variable]: JSON.stringify({ version, config } satisfies Handed) };
}

/** The schema is loaded only where it is needed: it takes a tenth of the time in which the server is to be up. */
export async function takeConfiguration(env: Environment): Promise<BootstrapConfig> {
  const handed = JSON.parse(env[variable] ?? '{}') as Partial<Handed>;
  if (handed.version === version && handed.config !== undefined) return handed.config;
  const { bootstrapSchema } = await import('#base/config');
  return bootstrapSchema.parse(handed.config ?? {});
}
