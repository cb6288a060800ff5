import { AwsJson1_0Protocol, AwsQueryProtocol } from '@aws-sdk/core/protocols';
import * as cloudWatch from '@aws-sdk/client-cloudwatch';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ServiceCatalog } from '#lib/aws-api';
import type { Member, StructureShape } from '../../libs/aws-api/src/model.js';
import { type AnswersOnBus, type AwsEndpoint, awsEndpoint, KEYS } from '../support/aws-endpoint.js';
import { minimalOf } from './minimal-inputs.js';

const model = new ServiceCatalog().named('monitoring')!;
const CONTROLLERS = 'apps/autoscaler/src/api';
const served = readdirSync(CONTROLLERS)
  .flatMap((file) => [...readFileSync(join(CONTROLLERS, file), 'utf8').matchAll(/@Api\w+\('monitoring', '(\w+)'/g)])
  .map(([, operation]) => operation!)
  .sort();

/** As an app's answer has it. */
const AT = '2026-11-22T11:13:00.000Z';

/** Something in each member that is no structure of a further depth. */
function sample({ shape, constraint }: Pick<Member, 'shape' | 'constraint'>, depth: number): unknown {
  switch (shape.kind) {
    case 'structure':
    case 'union':
      return depth > 4 ? {} : Object.fromEntries([...shape.members].map(([name, member]) => [name, sample(member, depth + 1)]));
    case 'list':
      return [sample(shape.element, depth + 1)];
    case 'map':
      return { key: sample(shape.value, depth + 1) };
    case 'timestamp':
      return AT;
    case 'boolean':
      return true;
    case 'integer':
    case 'long':
      return 7;
    case 'double':
      return 0.25;
    case 'blob':
      return 'AAAA';
    default:
      return constraint?.enum?.[0] ?? 'größe & <more>';
  }
}

/** Times as the SDK takes them. */
function forSdk(shape: StructureShape, input: object): object {
  return Object.fromEntries(
    Object.entries(input).map(([name, value]) => [
      name,
      shape.members.get(name)?.shape.kind === 'timestamp' ? new Date(Date.parse(AT)) : (value as unknown),
    ]),
  );
}

const PROTOCOLS = {
  CBOR: { protocol: SmithyRpcV2CborProtocol },
  JSON: { protocol: AwsJson1_0Protocol },
  Query: { protocol: AwsQueryProtocol },
} as const;

/** The newest clients of CloudWatch speak CBOR, those before them JSON, and the CLI that distributions ship Query. */
describe('each operation of CloudWatch', () => {
  let endpoint: AwsEndpoint;
  let bus: AnswersOnBus;
  const clients = new Map<string, cloudWatch.CloudWatchClient>();
  beforeAll(async () => {
    endpoint = await awsEndpoint('cloudwatch', (of) => (bus = of));
    for (const [name, protocol] of Object.entries(PROTOCOLS)) {
      const settings = { endpoint: endpoint.url, region: 'us-east-1', credentials: KEYS, maxAttempts: 1, ...protocol };
      clients.set(name, new cloudWatch.CloudWatchClient(settings));
    }
  });
  afterAll(async () => {
    for (const client of clients.values()) client.destroy();
    await endpoint.close();
  });
  const send = async (protocol: string, operation: string, input: object): Promise<object> => {
    const Command = (cloudWatch as unknown as Record<string, new (from: object) => never>)[`${operation}Command`]!;
    const { $metadata: _, ...answer } = await clients.get(protocol)!.send(new Command(input));
    return answer;
  };

  it('is known by the model', () => {
    expect(served.length).toBeGreaterThan(20);
    expect(served.filter((operation) => !model.operationNames().includes(operation))).toEqual([]);
  });

  describe.each(served)('%s', (operation) => {
    it('says and hears the same in all three protocols', async () => {
      const { input, output } = model.operation(operation)!;
      const asked = forSdk(input, minimalOf(input));
      bus.on('monitoring', operation, () => ({ output: output ? sample({ shape: output }, 0) : {} }));
      const heard: unknown[] = [];
      const answers: object[] = [];
      for (const protocol of Object.keys(PROTOCOLS)) {
        answers.push(await send(protocol, operation, asked));
        heard.push(bus.of('monitoring', operation).at(-1)!.input);
      }
      expect(heard[1]).toEqual(heard[0]);
      expect(heard[2]).toEqual(heard[0]);
      expect(answers[1]).toEqual(answers[0]);
      expect(answers[2]).toEqual(answers[0]);
      if (output && output.members.size > 0) expect(Object.keys(answers[0]!)).toEqual([...output.members.keys()]);
    });

    it('is refused in all three with the same error', async () => {
      const { input } = model.operation(operation)!;
      bus.on('monitoring', operation, () => ({
        rejection: { code: 'InvalidParameterValueException', message: 'größe & <more>', status: 400 },
      }));
      const said = await Promise.all(
        Object.keys(PROTOCOLS).map((protocol) =>
          send(protocol, operation, forSdk(input, minimalOf(input))).then(
            () => 'no error',
            ({ name, message, $metadata }: Error & { $metadata: { httpStatusCode: number } }) =>
              `${name}: ${message} (${$metadata.httpStatusCode})`,
          ),
        ),
      );
      expect(new Set(said).size).toBe(1);
      expect(said[0]).toContain('größe & <more> (400)');
    });
  });
});
