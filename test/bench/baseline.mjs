#!/usr/bin/env node
// @ts-check
/** One of the loops that the bench compares with, as a process of its own: `baseline.mjs <kind> <redis url> <roles>`. */
import { runTypeScript } from '../harness/run-typescript.mjs';

await runTypeScript(new URL('subjects/bare-loop.ts', import.meta.url));
