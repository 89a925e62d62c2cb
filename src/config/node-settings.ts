import { fault, shown, type ConfigFault } from './fault.js';

const WHILE = 'while APPLY_MODE is production';
/** `--inspect=0.0.0.0` lets anybody run code in the process; `--tls-keylog` writes down what decrypts its connections. */
const UNSAFE_OPTION = /(?:^|\s)--(?:inspect(?:-brk|-wait)?|tls-keylog)(?=[=\s]|$)/;

/** What of Node's own settings makes a process of production unsafe. */
export function unsafeNodeSettings(source: NodeJS.ProcessEnv): ConfigFault[] {
  const { NODE_TLS_REJECT_UNAUTHORIZED: rejects, NODE_OPTIONS: options } = source;
  const faults: ConfigFault[] = [];
  if (rejects === '0')
    faults.push(
      fault(
        'NODE_TLS_REJECT_UNAUTHORIZED',
        shown(rejects),
        `not set ${WHILE}: with 0 no certificate is checked, neither the exchange's nor that of Redis`,
        'Remove it. Name your own certificate authority with NODE_EXTRA_CA_CERTS.',
      ),
    );
  if (options !== undefined && UNSAFE_OPTION.test(options))
    faults.push(
      fault(
        'NODE_OPTIONS',
        shown(options),
        `no --inspect and no --tls-keylog ${WHILE}: they open the process, or its connections, to others`,
        'Take the option out.',
      ),
    );
  return faults;
}
