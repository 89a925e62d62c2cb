#!/usr/bin/env node
// @ts-check
/**
 * Lints docs/openapi.json by Redocly's recommended rules, as `redocly lint` does. Any error or warning fails (exit 1).
 */
import { fileURLToPath } from 'node:url';
import { createConfig, lint } from '@redocly/openapi-core';

const FILE = fileURLToPath(new URL('../docs/openapi.json', import.meta.url));

const config = await createConfig({ extends: ['recommended'] });
const found = await lint({ ref: FILE, config });
for (const { severity, ruleId, message, location } of found) {
  const at = location.map(({ pointer }) => pointer ?? '').join(', ');
  process.stderr.write(`${severity} ${ruleId} at ${at}: ${message}\n`);
}
if (found.length > 0) process.exitCode = 1;
else process.stdout.write('docs/openapi.json: nothing to object to\n');
