import { freePort } from './ports.js';
import { Program, type ProgramOptions } from './program.js';
import { isReady } from './readiness.js';

/** A busy machine takes its time. */
const READY_WITHIN_MS = 50_000;

/** A running `permit-gate serve`. */
export interface GateProcess {
  readonly program: Program;
  readonly url: string;
}

/** Starts `permit-gate serve` on a free port and waits until it is ready. */
export async function startGate(
  variables: Readonly<Record<string, string>>,
  folder: string,
  options: ProgramOptions = {},
): Promise<GateProcess> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const program = new Program(['serve'], { ...variables, HTTP_PORT: String(port) }, folder, options);
  await program.until('permit-gate is ready', () => isReady(url), READY_WITHIN_MS);
  return { program, url };
}
