import { MetricType } from '@aws-sdk/client-application-auto-scaling';
import { AlarmType } from '@aws-sdk/client-cloudwatch';
import { modelledErrors } from '../../../../test/support/modelled-errors.js';
import { applicationAutoScalingConstraints, cloudWatchConstraints } from '../constraints.js';
import type { Protocol } from './wire.js';
import { SERVICES } from '../services.js';
import { cborProtocol } from './cbor.js';
import { readCbor } from './cbor-reader.js';
import { jsonProtocol } from './json.js';
import { queryProtocol } from './query.js';

const cloudWatch = SERVICES.find(({ service }) => service === 'monitoring')!;
const PROTOCOLS: Readonly<Record<string, [Protocol, (body: Uint8Array) => string | undefined]>> = {
  cbor: [cborProtocol(true), (body) => (readCbor(body) as { __type: string }).__type],
  'json 1.0': [jsonProtocol('application/x-amz-json-1.0', true), (body) => jsonOf(body).__type],
  'json 1.1': [jsonProtocol('application/x-amz-json-1.1', true), (body) => jsonOf(body).__type],
  query: [queryProtocol, (body) => /<Code>(.*)<\/Code>/.exec(Buffer.from(body).toString())?.[1]],
};
const jsonOf = (body: Uint8Array) => JSON.parse(Buffer.from(body).toString()) as { __type: string };

describe('an error’s name in each protocol', () => {
  it.each([
    ['ValidationException', 'com.amazonaws.cloudwatch', 'ValidationError', 400],
    ['InvalidParameterValueException', 'com.amazonaws.cloudwatch', 'InvalidParameterValue', 400],
    ['MissingRequiredParameterException', 'com.amazonaws.cloudwatch', 'MissingParameter', 400],
    ['LimitExceededFault', 'com.amazonaws.cloudwatch', 'LimitExceeded', 400],
    ['ResourceNotFound', 'com.amazonaws.cloudwatch', 'ResourceNotFound', 404],
    ['UnknownOperationException', 'com.amazon.coral.service', 'InvalidAction', 400],
  ])('%s', (code, namespace, inQuery, status) => {
    const told = Object.entries(PROTOCOLS).map(([name, [protocol, nameIn]]) => {
      const answer = protocol.error(cloudWatch, { code, message: 'Because.', status: 400 }, 'id');
      return [name, nameIn(answer.body as Uint8Array), answer.status, (answer.headers as any)['x-amzn-query-error']];
    });
    const header = inQuery === 'InvalidAction' ? `${code};Sender` : `${inQuery};Sender`;
    expect(told).toEqual([
      ['cbor', `${namespace}#${code}`, status, header],
      ['json 1.0', `${namespace}#${code}`, status, header],
      ['json 1.1', code, status, header],
      ['query', inQuery, status, undefined],
    ]);
  });

  it('of input that is forbidden or missing is one that CloudWatch’s model lists', () => {
    for (const [operation, { invalid, missing }] of Object.entries(cloudWatch.inputErrorsOf!)) {
      const listed = modelledErrors(operation, '@aws-sdk/client-cloudwatch');
      // A model has lost it: its documentation has it.
      if (operation !== 'DeleteDashboards')
        expect([operation, listed.has(invalid!), listed.has(missing!)]).toEqual([operation, true, true]);
    }
  });
});

describe('enumerations that grow', () => {
  it.each<[string, readonly string[] | undefined, object]>([
    ['MetricType', applicationAutoScalingConstraints.PredefinedMetricSpecification!.PredefinedMetricType!.enum, MetricType],
    ['AlarmType', (cloudWatchConstraints.DescribeAlarmsInput!.AlarmTypes as any).each.enum, AlarmType],
  ])('%s is the SDK’s', (_name, ours, theirs) => {
    expect(new Set(ours)).toEqual(new Set(Object.values(theirs)));
  });
});
