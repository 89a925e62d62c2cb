import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { ConfigurationError, shown } from './fault.js';

/**
 * The variables of a dotenv file; none if there is no such file. The process environment takes precedence.
 *
 * @throws ConfigurationError when the file exists but cannot be read.
 */
export function readDotenv(path: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : String(error);
    if (code === 'ENOENT') return {};
    throw new ConfigurationError([
      { variable: shown(path), given: code, allowed: 'a readable file of NAME=value lines, or no file' },
    ]);
  }
}
