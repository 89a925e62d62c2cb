#!/usr/bin/env node
// @ts-check
/** `npm run demo`, once everything is installed and built: see scripts/demo.mjs. */
import { runTypeScript } from '../harness/run-typescript.mjs';

await runTypeScript(new URL('main.ts', import.meta.url));
