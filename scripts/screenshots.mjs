#!/usr/bin/env node
// @ts-check
/** `npm run screenshots`: writes the pictures of docs/images anew, from the built console on a paper exchange. */
import { spawnSync } from 'node:child_process';

const command = ['vitest', 'run', '--project', 'browser', 'test/browser/screenshots.test.ts'];
const { status } = spawnSync('npx', command, { stdio: 'inherit', env: { ...process.env, SCREENSHOTS: '1' } });
process.exitCode = status ?? 1;
