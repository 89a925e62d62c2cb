import { readdirSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_DIRECTORY = fileURLToPath(new URL('../../../config', import.meta.url));

/** `config/` in the working directory if it has YAML files, otherwise the one of the package. */
export function defaultConfigDirectory(): string {
  const own = resolve('config');
  const files = yamlFilesIn(own);
  return Array.isArray(files) && files.length > 0 ? own : PACKAGE_DIRECTORY;
}

/** The YAML files of a directory in the order of their names, or the error of reading it. */
export function yamlFilesIn(directory: string): string[] | Error {
  try {
    const names = readdirSync(directory).filter((name) => /\.ya?ml$/.test(name));
    return names.sort().map((name) => join(directory, name));
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
