import { afterAll, describe, expect, it } from '@jest/globals';
import {
  CloudWatchClient,
  DescribeAlarmsCommand,
  GetMetricDataCommand,
  PutMetricAlarmCommand,
  PutMetricDataCommand,
  ResourceNotFoundException,
  SetAlarmStateCommand,
} from '@aws-sdk/client-cloudwatch';
import { SmithyRpcV2CborProtocol } from '@smithy/core/cbor';
import { ServiceCatalog } from '../service-catalog.js';
import { checkInput } from '../validate.js';
import { cborProtocol } from './cbor.js';
import { detectCall } from './detect.js';
import type { HttpResponse } from './wire.js';

const catalog = new ServiceCatalog();
const cloudWatch = catalog.named('monitoring')!;

/** The newest SDK's client, told to speak CBOR (Go's does by itself), its requests answered here. */
let answer: (operation: string, input: unknown) => object;
const asked: Record<string, string>[] = [];
const client = new CloudWatchClient({
  protocol: SmithyRpcV2CborProtocol,
  region: 'eu-north-1',
  credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
  maxAttempts: 1,
  requestHandler: {
    handle: (request: { method: string; path: string; headers: Record<string, string>; body: Uint8Array }) => {
      asked.push(request.headers);
      const { statusCode, ...response } = respond(request);
      return Promise.resolve({ response: { statusCode, ...response } });
    },
  } as never,
});
afterAll(() => client.destroy());

function respond(request: { method: string; path: string; headers: Record<string, string>; body: Uint8Array }) {
  const headers = Object.fromEntries(Object.entries(request.headers).map(([name, value]) => [name.toLowerCase(), value]));
  const body = request.body ?? new Uint8Array();
  const call = detectCall(
    catalog,
    { method: request.method, target: request.path, headers, body },
    request.path,
    '',
    'monitoring',
  )!;
  const operation = call.model!.operation(call.operationName!)!;
  const decoded = call.protocol.decode(operation, body);
  const checked =
    'rejection' in decoded ? decoded : checkInput(operation.input, decoded.raw, cloudWatch.validationErrorCode, cloudWatch);
  const answered: HttpResponse =
    'rejection' in checked
      ? call.protocol.error(cloudWatch, checked.rejection, 'id')
      : answerOf(call.protocol, operation, checked.input);
  return { statusCode: answered.status, headers: answered.headers, body: answered.body };
}

function answerOf(protocol: ReturnType<typeof cborProtocol>, operation: { name: string }, input: unknown): HttpResponse {
  const output = answer(operation.name, input);
  return 'code' in output
    ? protocol.error(cloudWatch, output as never, 'id')
    : protocol.output(cloudWatch, cloudWatch.operation(operation.name)!, output, 'id');
}

describe("the newest SDK's CloudWatch client", () => {
  const Timestamp = new Date('2026-11-29T03:00:00.250Z');

  it('is understood', async () => {
    let seen: unknown;
    answer = (operation, input) => {
      seen = { operation, input };
      return {};
    };
    const Value = 1e-3;
    await client.send(
      new PutMetricDataCommand({
        Namespace: 'n',
        MetricData: [{ MetricName: 'm', Timestamp, Value, Dimensions: [{ Name: 'a', Value: 'é' }], Unit: undefined }],
      }),
    );
    expect(asked.at(-1)).toMatchObject({ 'smithy-protocol': 'rpc-v2-cbor' });
    const [Metric] = [{ MetricName: 'm', Timestamp: Timestamp.toISOString(), Value, Dimensions: [{ Name: 'a', Value: 'é' }] }];
    expect(seen).toEqual({ operation: 'PutMetricData', input: { Namespace: 'n', MetricData: [Metric] } });
    await client.send(new DescribeAlarmsCommand({}));
    expect(seen).toEqual({ operation: 'DescribeAlarms', input: {} });
  });

  it('reads instants, numbers and lists in what it is answered', async () => {
    answer = () => ({
      MetricDataResults: [
        {
          Id: 'a',
          Timestamps: [Timestamp.toISOString(), Timestamp.getTime() / 1_000],
          Values: [0.1, 3],
          StatusCode: 'Complete',
          secret: 1,
        },
      ],
    });
    const queries = { MetricDataQueries: [{ Id: 'a' }], StartTime: Timestamp, EndTime: Timestamp };
    const { MetricDataResults } = await client.send(new GetMetricDataCommand(queries));
    expect(MetricDataResults).toEqual([
      { Id: 'a', Timestamps: [Timestamp, Timestamp], Values: [0.1, 3], StatusCode: 'Complete' },
    ]);
  });

  it('knows an error by its class, and by the code of the former protocol', async () => {
    answer = () => ({ code: 'ResourceNotFoundException', message: 'gone', status: 404 });
    const failed = client.send(new DescribeAlarmsCommand({}));
    await expect(failed).rejects.toBeInstanceOf(ResourceNotFoundException);
    await expect(failed).rejects.toMatchObject({ message: 'gone' });
    answer = () => ({ code: 'ResourceNotFound', message: 'Unknown alarm', status: 400 });
    const state = { AlarmName: 'a', StateValue: 'OK' as const, StateReason: 'r' };
    await expect(client.send(new SetAlarmStateCommand(state))).rejects.toMatchObject({ name: 'ResourceNotFound' });
    const gone = { code: 'ResourceNotFoundException', message: 'gone', status: 404 };
    expect(cborProtocol(true).error(cloudWatch, gone, 'id').headers['x-amzn-query-error']).toBe(
      'ResourceNotFoundException;Sender',
    );
    expect(cborProtocol(false).error(cloudWatch, gone, 'id').headers).not.toHaveProperty('x-amzn-query-error');
  });

  it.each([NaN, Infinity, -Infinity])('is told that %p is no value', async (Value) => {
    const put = new PutMetricDataCommand({ Namespace: 'n', MetricData: [{ MetricName: 'm', Value }] });
    await expect(client.send(put)).rejects.toMatchObject({
      name: 'InvalidParameterValueException',
      message: `The value ${Value} for parameter MetricData.member.1.Value is invalid.`,
    });
    const alarm = { AlarmName: 'a', EvaluationPeriods: 1, ComparisonOperator: 'GreaterThanThreshold' as const, Threshold: Value };
    await expect(client.send(new PutMetricAlarmCommand(alarm))).rejects.toMatchObject({ name: 'InvalidParameterValueException' });
  });
});

describe('CBOR', () => {
  const operation = cloudWatch.operation('PutMetricData')!;

  it('takes an empty body for no members, and refuses what is malformed', () => {
    expect(cborProtocol(false).decode(operation, new Uint8Array())).toEqual({ raw: {} });
    expect(cborProtocol(false).decode(operation, Buffer.from('9f', 'hex'))).toMatchObject({
      rejection: { code: 'SerializationException', status: 400 },
    });
  });

  it('has blobs as bytes on the wire and as base64 within', () => {
    const registry = catalog.named('ecr')!;
    const upload = registry.operation('UploadLayerPart')!;
    const { raw } = cborProtocol(false).decode(
      upload,
      Buffer.from('a16d6c61796572506172 74426c6f62 43010203'.replaceAll(' ', ''), 'hex'),
    ) as {
      raw: unknown;
    };
    expect(
      checkInput(
        upload.input,
        {
          ...(raw as object),
          repositoryName: 'abc',
          uploadId: '11111111-1111-1111-1111-111111111111',
          partFirstByte: 0,
          partLastByte: 2,
        },
        'V',
      ),
    ).toMatchObject({
      input: { layerPartBlob: 'AQID' },
    });
  });
});
