#!/usr/bin/env node
// @ts-check
/**
 * Checks the module boundaries of `.dependency-cruiser.cjs` over `src/` (`npm run lint:deps`), and that the check looked
 * at something: every source file was seen, and every rule still has files that it speaks about.
 */
import { readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cruise } from 'dependency-cruiser';
import extractTSConfig from 'dependency-cruiser/config-utl/extract-ts-config';

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** @type {import('dependency-cruiser').IConfiguration} */
export const CONFIGURATION = createRequire(import.meta.url)('../.dependency-cruiser.cjs');

/**
 * What is wrong with the modules under `<baseDir>/src`; an empty list when all is well.
 *
 * @param {string} [baseDir] a project; this one by default
 * @returns {Promise<{ modules: string[], violations: { rule: string, from: string, to: string }[] }>} `modules` are those under `src/`
 */
export async function checkBoundaries(baseDir = ROOT) {
  const { doNotFollow, tsPreCompilationDeps, enhancedResolveOptions } = CONFIGURATION.options ?? {};
  const { output } = await cruise(
    ['src'],
    {
      ruleSet: { forbidden: CONFIGURATION.forbidden ?? [] },
      validate: true,
      baseDir,
      ...(doNotFollow === undefined ? {} : { doNotFollow }),
      ...(tsPreCompilationDeps === undefined ? {} : { tsPreCompilationDeps }),
    },
    enhancedResolveOptions ?? {},
    { tsConfig: extractTSConfig(`${ROOT}/tsconfig.json`) },
  );
  if (typeof output === 'string') throw new Error(`dependency-cruiser answered with text:\n${output}`);
  const violations = output.summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, from, to }));
  const modules = output.modules.map(({ source }) => source).filter((source) => source.startsWith('src/'));
  return { modules, violations };
}

/**
 * Rules that speak about no file any more, because what they name has moved: such a rule always holds.
 *
 * @param {readonly string[]} modules
 */
export function deadRules(modules) {
  return (CONFIGURATION.forbidden ?? []).flatMap((rule) => {
    const paths = [rule.from?.path, 'to' in rule ? rule.to?.path : undefined]
      .flat()
      .filter((path) => typeof path === 'string');
    const dead = paths.filter(
      (path) => path.startsWith('^src/') && !modules.some((each) => new RegExp(path).test(each)),
    );
    return dead.map((path) => ({ rule: rule.name ?? 'unnamed', path }));
  });
}

/** @param {readonly string[]} modules */
function unseenFiles(modules) {
  const seen = new Set(modules);
  return readdirSync(`${ROOT}/src`, { recursive: true, encoding: 'utf8' })
    .map((file) => `src/${file.replaceAll('\\', '/')}`)
    .filter((file) => /\.tsx?$/.test(file) && !seen.has(file));
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const { modules, violations } = await checkBoundaries();
  const faults = [
    ...violations.map(({ rule, from, to }) => `${rule}: ${from} → ${to}`),
    ...unseenFiles(modules).map((file) => `${file} was not looked at`),
    ...deadRules(modules).map(({ rule, path }) => `${rule}: no module matches ${path} any more`),
  ];
  for (const fault of faults) process.stderr.write(`${fault}\n`);
  const rules = CONFIGURATION.forbidden?.length ?? 0;
  process.stdout.write(`module boundaries: ${modules.length} modules, ${rules} rules, ${faults.length} faults\n`);
  if (faults.length > 0 || modules.length === 0) process.exitCode = 1;
}
