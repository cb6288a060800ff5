import { randomBytes } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { Agent } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect, type PeerCertificate } from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { Scope } from '#lib/kernel';
import { sealSecret, silentLogger } from '#lib/platform';
import { TestLoad, TestPlane, TestTarget, until } from '../../../../test/support/haproxy.js';
import { AT, forwardTo, ProxyWorld } from '../../../../test/support/proxy-world.js';
import { type KeyPair, selfSigned } from '../../../../test/support/self-signed.js';
import type { CertificateArn } from '../domain/certificates/model.js';
import { CertificateFiles } from './certificate-files.js';
import { readCertificate } from './read-certificate.js';

jest.setTimeout(30_000);

const MASTER_KEY = randomBytes(32);
const [HOST, PORT] = ['127.1.81.1', 8_443];
const [WEB, API] = ['web', 'api'].map((name) => `arn:aws:acm:us-east-1:123456789012:certificate/${name}` as CertificateArn) as [
  CertificateArn,
  CertificateArn,
];

describe('imported certificates', () => {
  const directory = mkdtempSync(join(tmpdir(), 'certificates-'));
  let world: ProxyWorld;
  let target: TestTarget;
  let plane: TestPlane;
  let files: CertificateFiles;

  const imported = (arn: CertificateArn, { body, privateKey }: KeyPair) => {
    const facts = readCertificate({ body, privateKey }, new Date());
    const sealedKey = sealSecret(MASTER_KEY, facts.fingerprint, privateKey);
    const times = { createdAt: AT, importedAt: AT };
    const scope = { accountId: '123456789012', region: 'us-east-1' } as Scope;
    world.state.certificates.put(arn, { ...scope, ...times, ...facts, arn, body, sealedKey, tags: [] });
    return facts;
  };
  const served = (servername?: string) =>
    new Promise<string>((resolve, reject) => {
      const socket = connect({ host: HOST, port: PORT, servername, rejectUnauthorized: false }, () => {
        const { fingerprint256 } = socket.getPeerCertificate() as PeerCertificate;
        socket.destroy();
        resolve(fingerprint256.replaceAll(':', '').toLowerCase());
      });
      socket.once('error', reject);
    });
  const update = () => plane.update(files.of(world.state));

  beforeEach(async () => {
    world = new ProxyWorld();
    target = await TestTarget.listen();
    plane = await TestPlane.open(world.state);
    files = new CertificateFiles(directory, MASTER_KEY, silentLogger);
    const group = world.targetGroup('web', { attributes: { 'longshore.health_check.interval_ms': '100' } });
    world.target(group, target.port);
    const certificates = [WEB, API].map((arn) => ({ CertificateArn: arn }));
    world.listener(world.loadBalancer('web', HOST), PORT, forwardTo(group), { protocol: 'HTTPS', certificates });
  });
  afterEach(async () => {
    await plane.stop();
    await target.close();
    rmSync(directory, { recursive: true, force: true });
  });

  it('are served by the name that clients ask for, the default one to all others', async () => {
    const [web, api] = [imported(WEB, selfSigned('web.example')), imported(API, selfSigned('api.example'))];
    update();
    await plane.healthy(target.port);
    expect(await served('api.example')).toBe(api.fingerprint);
    expect(await served('v1.api.example')).toBe(api.fingerprint);
    expect(await served('other.example')).toBe(web.fingerprint);
    expect(await served()).toBe(web.fingerprint);
    for (const name of readdirSync(directory)) expect(statSync(join(directory, name)).mode & 0o777).toBe(0o600);
  });

  it('are renewed without a failed request, and the file of the old one goes', async () => {
    imported(WEB, selfSigned('web.example'));
    imported(API, selfSigned('api.example'));
    update();
    await plane.healthy(target.port);
    const before = readdirSync(directory);
    const load = new TestLoad(
      { host: HOST, port: PORT, path: '/', protocol: 'https:' },
      4,
      new Agent({ keepAlive: true, rejectUnauthorized: false }),
    );
    await until(() => load.answered > 50);
    const renewed = imported(WEB, selfSigned('web.example'));
    update();
    await until(async () => (await served('web.example')) === renewed.fingerprint);
    const answered = load.answered;
    await until(() => load.answered > answered + 50);
    await load.stop();
    expect(load.failures).toEqual([]);
    expect(plane.starts).toEqual(['began', 'listener-changed']);
    update();
    expect(readdirSync(directory).filter((name) => before.includes(name))).toHaveLength(1);
    expect(readdirSync(directory)).toHaveLength(2);
  });

  it('whose key another master key sealed keep their listener from being served, and it says so', async () => {
    imported(WEB, selfSigned('web.example'));
    const other = new CertificateFiles(directory, randomBytes(32), silentLogger);
    plane.update(other.of(world.state));
    const [report] = await until(() =>
      plane.haproxy.loadBalancers([...world.state.loadBalancers.values()].map(({ arn }) => arn)),
    );
    expect(report).toMatchObject({ code: 'failed', reason: `The certificate ${WEB} is not known on this host.` });
  });
});
