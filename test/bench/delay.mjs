#!/usr/bin/env node
// @ts-check
/** A slow link as a process of its own: `delay.mjs <socket to listen on> <socket of the server> <ms each way>`. */
import { runTypeScript } from '../harness/run-typescript.mjs';

await runTypeScript(new URL('delay-proxy.ts', import.meta.url));
