#!/usr/bin/env node
// @ts-check
/** `npm run bench`, once everything is built. */
import { runTypeScript } from '../harness/run-typescript.mjs';

await runTypeScript(new URL('main.ts', import.meta.url));
