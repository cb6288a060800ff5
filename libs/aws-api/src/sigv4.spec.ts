import { describe, expect, it } from '@jest/globals';
import { SignatureV4 } from '@smithy/signature-v4';
import { Sha256 } from '@smithy/core/checksum';
import { capturedRequests } from '../test/captured-requests.js';
import type { HttpRequest } from './protocols/wire.js';
import { instantOf, parseSignature, type Signature } from './signature.js';
import { SignatureVerifier } from './sigv4.js';

const verifier = new SignatureVerifier();
const now = Date.parse('2026-11-22T11:13:00Z');

function claimOf(request: HttpRequest): Signature {
  const parsed = parseSignature(request);
  if ('rejection' in parsed) throw new Error(`${parsed.rejection.code}: ${parsed.rejection.message}`);
  return parsed.signature;
}

/** The code of the refusal, or `accepted`. */
function outcome(request: HttpRequest, options: { secret?: string; service?: string; now?: number } = {}): string {
  const parsed = parseSignature(request);
  if ('rejection' in parsed) return parsed.rejection.code;
  const { service } = parsed.signature.scope;
  const at = options.now ?? now;
  return (
    verifier.verify(parsed.signature, request, options.secret ?? 'secret', options.service ?? service, at)?.code ?? 'accepted'
  );
}

const captured = capturedRequests();
const runTask = captured[0]!.request;

describe('requests of real clients', () => {
  it('are all here', () => expect(captured).toHaveLength(27));

  it.each(captured)('$name is accepted', ({ request }) => expect(outcome(request)).toBe('accepted'));

  it.each(captured)('$name is refused when anything of it was changed', ({ request }) => {
    const changed: HttpRequest[] = [
      { ...request, body: Buffer.concat([request.body, Buffer.from(' ')]) },
      { ...request, method: 'PUT' },
      { ...request, target: '/other' },
      { ...request, target: '/?a=b' },
      { ...request, headers: { ...request.headers, host: 'elsewhere' } },
      { ...request, headers: { ...request.headers, 'x-amz-date': '20261122T111200Z' } },
    ];
    expect(changed.map((each) => outcome(each))).toEqual(changed.map(() => 'InvalidSignatureException'));
    expect(outcome(request, { secret: 'Secret' })).toBe('InvalidSignatureException');
  });
});

describe('time and scope', () => {
  const signedAt = instantOf(claimOf(runTask).signedAt);
  const minute = 60_000;

  it('allows clocks to differ by fifteen minutes, both ways', () => {
    const ats = [-16, -14, 14, 16].map((minutes) => outcome(runTask, { now: signedAt + minutes * minute }));
    expect(ats).toEqual(['InvalidSignatureException', 'accepted', 'accepted', 'InvalidSignatureException']);
  });

  it('says what is wrong with the clock', () => {
    const rejection = verifier.verify(claimOf(runTask), runTask, 'secret', 'ecs', signedAt + 20 * minute);
    expect(rejection?.message).toBe(
      'Signature expired: 20261122T111301Z is now earlier than 20261122T111801Z (20261122T113301Z - 15 min.)',
    );
  });

  it('refuses a signature made for another service', () => {
    expect(verifier.verify(claimOf(runTask), runTask, 'secret', 'longshore', now)?.message).toBe(
      "Credential should be scoped to correct service: 'longshore'.",
    );
  });

  it('refuses a request whose operation is not signed', () => {
    const { 'x-amz-target': target, ...headers } = captured[2]!.request.headers;
    expect(target).toBeUndefined();
    const moved = { ...captured[2]!.request, headers: { ...headers, 'x-amz-target': 'Logs_20140328.DeleteLogGroup' } };
    expect(outcome(moved)).toBe('InvalidSignatureException');
  });
});

describe('malformed authorizations', () => {
  const withHeader = (authorization: string) => outcome({ ...runTask, headers: { ...runTask.headers, authorization } });
  const good = runTask.headers.authorization!;

  it.each([
    ['none', { ...runTask, headers: { host: 'h' } }, 'MissingAuthenticationTokenException'],
    ['no date', { ...runTask, headers: { ...runTask.headers, 'x-amz-date': undefined } }, 'IncompleteSignatureException'],
    ['a bad date', { ...runTask, headers: { ...runTask.headers, 'x-amz-date': 'today' } }, 'IncompleteSignatureException'],
  ])('%s', (_case, request, code) => expect(outcome(request as HttpRequest)).toBe(code));

  it.each(['__proto__', 'constructor', 'tostring', 'hasownproperty', 'set-cookie', 'not-sent'])(
    'a signature over the header %s, which is no text that was sent, does not match',
    (name) => {
      const headers = { ...runTask.headers, 'set-cookie': ['a=b'] as unknown as string };
      const authorization = good.replace('SignedHeaders=', `SignedHeaders=${name};`);
      expect(outcome({ ...runTask, headers: { ...headers, authorization } })).toBe('InvalidSignatureException');
    },
  );

  it.each([
    ['another scheme', 'Basic YTpi', 'IncompleteSignatureException'],
    ['nothing', '', 'IncompleteSignatureException'],
    ['no signature', good.replace(/, Signature=.*/, ''), 'IncompleteSignatureException'],
    ['a short scope', good.replace('/aws4_request', ''), 'IncompleteSignatureException'],
    ['another day in the scope', good.replace('/20261122/', '/20261121/'), 'InvalidSignatureException'],
    ['a part of the day in the scope', good.replace('/20261122/', '/2026/'), 'InvalidSignatureException'],
    ['a region that is none', good.replace(`/${claimOf(runTask).scope.region}/`, '/anything/'), 'InvalidSignatureException'],
    ['a key with blanks', good.replace('AKIDEXAMPLE', 'AK ID'), 'UnrecognizedClientException'],
    ['a short signature', good.replace(/Signature=.*/, 'Signature=abc'), 'InvalidSignatureException'],
    ['a host that is not signed', good.replace(';host', ''), 'InvalidSignatureException'],
  ])('%s', (_case, authorization, code) => expect(withHeader(authorization)).toBe(code));
});

describe('the path', () => {
  const signer = new SignatureV4({
    service: 'ecs',
    region: 'eu-central-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    sha256: Sha256,
    applyChecksum: false,
  });
  const sign = async (path: string, method = 'POST') => {
    const headers = { host: '127.0.0.1:4566', 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'T.O' };
    const signed = await signer.sign(
      { method, protocol: 'http:', hostname: '127.0.0.1', port: 4566, path, headers, body: '{}' },
      { signingDate: new Date(now) },
    );
    return { method, target: path, headers: signed.headers, body: Buffer.from('{}') };
  };

  it.each([
    '/',
    '/as-of/2026-11-22T11:00:00Z',
    '/as-of/2026-11-22T11:00:00Z/',
    '/as-of/2026-11-22T11%3A00%3A00Z',
    '/as-of/ecs.r48213',
    '/as-of/2026-11-22T11:00:00+01:00/',
    "/it's(a)*path!",
    '//as-of//x/../ecs.r1',
  ])('%s is accepted as the SDK signs it', async (path) => {
    expect(outcome(await sign(path))).toBe('accepted');
  });

  it('is encoded once for the signature (the CLI: raw colons sent, %3A signed)', () => {
    // botocore 1.43.11, SigV4Auth on http://127.0.0.1:4566/as-of/2026-11-22T11:00:00Z
    const request: HttpRequest = BOTOCORE_AS_OF;
    expect(outcome(request)).toBe('accepted');
    expect(outcome({ ...request, target: `${request.target}/` })).toBe('InvalidSignatureException');
  });
});

describe('presigned requests', () => {
  const presigner = new SignatureV4({
    service: 'sts',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    sha256: Sha256,
    applyChecksum: false,
  });
  const presign = async () => {
    const query = { Action: 'GetCallerIdentity', Version: '2011-06-15', Odd: 'a b/c~é' };
    const signed = await presigner.presign(
      { method: 'GET', protocol: 'http:', hostname: 'h', path: '/', headers: { host: 'h' }, query },
      { expiresIn: 60, signingDate: new Date(now) },
    );
    const parameters = Object.entries(signed.query as Record<string, string>);
    const target = `/?${parameters.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`).join('&')}`;
    return { method: 'GET', target, headers: { host: 'h' }, body: new Uint8Array() };
  };

  it('are accepted until they expire', async () => {
    const request = await presign();
    expect(outcome(request)).toBe('accepted');
    expect(outcome(request, { now: now + 61_000 })).toBe('InvalidSignatureException');
  });

  it('are refused when a parameter was changed, added or left out', async () => {
    const request = await presign();
    expect(outcome({ ...request, target: request.target.replace('Odd=a', 'Odd=b') })).toBe('InvalidSignatureException');
    expect(outcome({ ...request, target: `${request.target}&More=1` })).toBe('InvalidSignatureException');
    expect(outcome({ ...request, target: request.target.replace(/&X-Amz-Date=[^&]*/, '') })).toBe('IncompleteSignatureException');
  });
});

/** botocore 1.43.11; the parameters are those of `GET /events`. */
describe('a GET of botocore', () => {
  const host = '127.0.0.1:4566';
  const get = (target: string, headers: Record<string, string> = {}): HttpRequest => ({
    method: 'GET',
    target,
    headers: { host, ...headers },
    body: new Uint8Array(),
  });

  it('is accepted presigned (SigV4QueryAuth), for seven days at most', () => {
    const request = get(
      '/events?detail-type=ECS%20Task%20State%20Change&cluster=blue%2Cgreen&resource=arn%3Aaws%3Aecs%3Aus-east-1%3A000000000000%3Aservice%2Fdefault%2Fweb~1&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=AKIDEXAMPLE%2F20261122%2Fus-east-1%2Flongshore%2Faws4_request&X-Amz-Date=20261122T111300Z&X-Amz-Expires=604800&X-Amz-SignedHeaders=host&X-Amz-Signature=dc3764539f3b889b3bbb9f539c31d150a27d6ff5544ce4e63ff40f60831b3c93',
    );
    const days = 24 * 3_600_000;
    const ats = [0, 6.9 * days, 7.1 * days, -days].map((ms) => outcome(request, { now: now + ms }));
    expect(ats).toEqual(['accepted', 'accepted', 'InvalidSignatureException', 'InvalidSignatureException']);
    expect(outcome({ ...request, target: request.target.replace('=604800', '=604801') })).toBe('IncompleteSignatureException');
  });

  it('is accepted with a header (SigV4Auth): blanks are sent as + and signed as %20', () => {
    const authorization =
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/longshore/aws4_request, SignedHeaders=host;x-amz-date, Signature=5019285c2d57bfcf7b5a83ff216e6fc67f552e1a0dafe792634771ef8e178a89';
    const target = '/events?detail-type=ECS+Task+State+Change&cluster=blue%2Cgreen';
    expect(outcome(get(target, { 'x-amz-date': '20261122T111300Z', authorization }))).toBe('accepted');
  });
});

const BOTOCORE_AS_OF: HttpRequest = {
  method: 'POST',
  target: '/as-of/2026-11-22T11:00:00Z',
  headers: {
    'x-amz-target': 'AmazonEC2ContainerServiceV20141113.ListTasks',
    'content-type': 'application/x-amz-json-1.1',
    'x-amz-date': '20261122T111300Z',
    authorization:
      'AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261122/us-east-1/ecs/aws4_request, SignedHeaders=content-type;host;x-amz-date;x-amz-target, Signature=34d3b41e6fe40d4a7e6b033915f9e4555d888868bead069b4a4c9c7d5cb0df83',
    'content-length': '16',
    host: '127.0.0.1:4566',
  },
  body: Buffer.from('{"cluster": "c"}'),
};
