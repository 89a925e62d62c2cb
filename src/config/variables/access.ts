import { derivedFrom, variablesOf } from '../declaration.js';
import { host } from '../kinds/addresses.js';
import { port } from '../kinds/numbers.js';
import { oneOf, path, text } from '../kinds/words.js';
import { ExchangeVariables } from './exchange.js';

const SIGNINGS = ['off', 'ed25519'] as const;
type Signing = (typeof SIGNINGS)[number];

const Http = variablesOf('HTTP', 'Health, metrics, REST interface and console.');
const Permits = variablesOf('Signed permits', 'Each issuer signs with a key of its own; Apply holds public keys only.');

export class AccessVariables extends ExchangeVariables {
  @Http('HTTP_HOST', host(), 'The address to listen on.')
  readonly httpHost: string = '127.0.0.1';

  @Http('HTTP_PORT', port('takes any free one'), 'The port to listen on.')
  readonly httpPort: number = 8080;

  @Http(
    'ADMIN_TOKENS_FILE',
    path('a JSON file'),
    'The tokens that may call the API: `[{"name","role","sha256"}]`. Without it every `/api` call is refused.',
  )
  readonly adminTokensFile: string | undefined = undefined;

  @Permits(
    'PERMIT_SIGNING',
    oneOf(SIGNINGS),
    'Whether permits are signed, and unsigned ones refused.',
    derivedFrom('`off`; `ed25519` in production', ({ applyMode }: AccessVariables): Signing =>
      applyMode === 'production' ? 'ed25519' : 'off',
    ),
  )
  readonly permitSigning: Signing = 'off';

  @Permits(
    'PERMIT_SIGNING_KEY_FILE',
    text(
      /^[^\p{Cc}]{1,8192}$/u,
      'the path of a private key; with several issuer roles in one process governor=/path,p33=/path',
    ),
    'The private key of the issuer that this process runs.',
  )
  readonly permitSigningKeyFile: string | undefined = undefined;

  @Permits('PERMIT_TRUSTED_KEYS_FILE', path('a JSON file'), 'The public keys that Apply trusts, per issuer.')
  readonly permitTrustedKeysFile: string | undefined = undefined;
}
