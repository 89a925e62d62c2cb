import { execFileSync } from 'node:child_process';
import { join } from 'node:path';

export interface TlsFiles {
  readonly key: string;
  readonly cert: string;
}

/** A self-signed certificate, by default for `localhost` and 127.0.0.1. */
export function writeCertificate(folder: string, name = 'server', subjects = 'DNS:localhost,IP:127.0.0.1'): TlsFiles {
  const [key, cert] = [join(folder, `${name}.key`), join(folder, `${name}.pem`)];
  const names = `subjectAltName=${subjects}`;
  const kind = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'];
  execFileSync(
    'openssl',
    ['req', '-x509', ...kind, '-subj', '/CN=localhost', '-addext', names, '-keyout', key, '-out', cert],
    {
      stdio: 'ignore',
    },
  );
  return { key, cert };
}

/** redis-server's settings for TLS on a port, without client certificates. */
export function tlsConfig(port: number, { key, cert }: TlsFiles): string[] {
  const files = ['--tls-cert-file', cert, '--tls-key-file', key, '--tls-ca-cert-file', cert];
  return ['--tls-port', String(port), ...files, '--tls-auth-clients', 'no'];
}
