import { fileURLToPath } from 'node:url';
import { readDotenv } from '../config/dotenv.js';
import type { Environment } from '../config/environment.js';
import { ConfigurationError } from '../config/fault.js';
import { type LoadedEnvironment, loadEnvironment } from '../config/load-environment.js';

/** The process environment over the `.env` file of the working directory. */
function givenVariables(): NodeJS.ProcessEnv {
  return { ...readDotenv('.env'), ...process.env };
}

/** The configuration `serve` would run with. */
export function loadConfiguration(roles?: string): LoadedEnvironment {
  return loadEnvironment(givenVariables(), roles === undefined ? {} : { roles });
}

/**
 * Only address and credentials of Redis: for commands that observe a deployment and need neither its exchange keys nor
 * its limits. Throws {@link ConfigurationError}.
 */
export function redisConfiguration(source: NodeJS.ProcessEnv = givenVariables()): Environment {
  const redis = Object.entries(source).filter(([name]) => name.startsWith('REDIS_'));
  const loaded = loadEnvironment({
    ...Object.fromEntries(redis),
    ROLES: 'governor',
    INSTANCE_ID: 'command-line',
    CONFIG_DIR: fileURLToPath(new URL('../../config', import.meta.url)),
  });
  if ('faults' in loaded) throw new ConfigurationError(loaded.faults);
  return loaded.environment;
}
