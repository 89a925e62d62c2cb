import { existsSync, readFileSync } from 'node:fs';

interface Build {
  /** Of the package's own `package.json`. */
  readonly version: string;
  /** What it was built from, as `git describe` names it; `null` if the build does not know. */
  readonly commit: string | null;
}

let known: Build | undefined;

/** What runs. scripts/write-build.mjs writes the commit beside the built program. */
export function build(): Build {
  known ??= { version: read('../../package.json')['version'] ?? '', commit: read('../build.json')['commit'] ?? null };
  return known;
}

function read(path: string): Readonly<Record<string, string | null>> {
  const file = new URL(path, import.meta.url);
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, string | null>) : {};
}
