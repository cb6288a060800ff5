import { describe, expect, it } from '@jest/globals';
import { constraintCheck, ecsConstraints } from './constraints.js';
import type { Constraint, ListShape, Member, StructureShape } from './model.js';
import { ServiceCatalog } from './service-catalog.js';

const catalog = new ServiceCatalog();
const ecs = catalog.named('ecs')!;

const memberOf = (shape: StructureShape, name: string): Member => shape.members.get(name)!;

describe('the model of ECS, from the SDK', () => {
  it('has all operations of the pinned SDK', () => {
    expect(ecs.operationNames()).toHaveLength(88);
    expect(ecs.operation('RunTask')).toBeDefined();
    expect(ecs.operation('toString')).toBeUndefined();
  });

  it('builds the shapes of every operation, structures that contain themselves included', () => {
    for (const name of ecs.operationNames()) expect(ecs.operation(name)?.input.kind).toBe('structure');
  });

  it('knows types, required members, constraints and what is sensitive', () => {
    const { input, output } = ecs.operation('RunTask')!;
    expect(memberOf(input, 'taskDefinition').required).toBe(true);
    expect(memberOf(input, 'cluster').required).toBe(false);
    expect(memberOf(input, 'count').shape.kind).toBe('integer');
    expect(memberOf(input, 'propagateTags').constraint?.enum).toContain('NONE');
    // ECS refuses it in words that name only some of the values: the decider has them.
    const update = ecs.operation('UpdateContainerInstancesState')!.input;
    expect(memberOf(update, 'status').constraint).toBeUndefined();
    const task = (memberOf(output, 'tasks').shape as ListShape).element.shape as StructureShape;
    expect(memberOf(task, 'createdAt').shape.kind).toBe('timestamp');
    expect(memberOf(task, 'version').shape.kind).toBe('long');
    const definition = ecs.operation('RegisterTaskDefinition')!.input;
    const container = (memberOf(definition, 'containerDefinitions').shape as ListShape).element.shape as StructureShape;
    expect(memberOf(container, 'environment').shape.kind).toBe('list');
    expect(memberOf(container, 'essential').shape.kind).toBe('boolean');
    expect(memberOf(container, 'dockerLabels').shape.kind).toBe('map');
  });

  it('has only structures and doubles in its lists that the SDK has too', () => {
    const reached = new Map<string, StructureShape>();
    const visit = (member: Member): void => {
      const { shape } = member;
      if (shape.kind === 'list') return visit(shape.element);
      if (shape.kind === 'map') return visit(shape.value);
      if ((shape.kind !== 'structure' && shape.kind !== 'union') || reached.has(shape.name)) return;
      reached.set(shape.name, shape);
      for (const next of shape.members.values()) visit(next);
    };
    for (const name of ecs.operationNames()) {
      const { input } = ecs.operation(name)!;
      reached.set(input.name, input);
      for (const member of input.members.values()) visit(member);
    }
    const unknown = Object.entries(ecsConstraints).flatMap(([structure, members]) =>
      Object.keys(members)
        .filter((member) => !reached.get(structure)?.members.has(member))
        .map((member) => `${structure}.${member}`),
    );
    expect(unknown).toEqual([]);
  });

  it('has constraints that all compile', () => {
    const compile = (constraint: Constraint): void => {
      expect(constraintCheck(constraint)('x')).not.toBe(null);
      if (constraint.each) compile(constraint.each);
    };
    for (const members of Object.values(ecsConstraints)) Object.values(members).forEach(compile);
  });
});

describe('a service is found', () => {
  it.each([
    ['AmazonEC2ContainerServiceV20141113.RunTask', 'ecs', 'RunTask'],
    ['Logs_20140328.PutLogEvents', 'logs', 'PutLogEvents'],
    ['Longshore_20261122.CreateAccessKey', 'longshore', 'CreateAccessKey'],
    ['AWSSecurityTokenServiceV20110615.GetCallerIdentity', 'sts', 'GetCallerIdentity'],
  ])('by its target %s', (target, service, operation) => {
    expect(catalog.ofTarget(target)).toMatchObject({ model: { service }, operation });
  });

  it.each(['', '.', 'RunTask', 'Nope.RunTask', 'constructor.name'])('but not by %p', (target) => {
    expect(catalog.ofTarget(target)).toBeUndefined();
  });

  it('by the version of a form, else by the scope of the signature', () => {
    expect(catalog.ofQuery('2011-06-15', undefined)?.service).toBe('sts');
    expect(catalog.ofQuery('2000-01-01', 'sts')?.service).toBe('sts');
    expect(catalog.ofQuery('2014-11-13', 'ecs')).toBeUndefined();
  });

  it('with the names that Query clients have for its errors', () => {
    expect(catalog.named('sts')!.queryError('IDPCommunicationErrorException')).toEqual({
      code: 'IDPCommunicationError',
      status: 400,
    });
  });
});

it('never offers the operation that answers sealed secrets', () => {
  expect(catalog.named('longshore')!.operation('ResolveAccessKey')).toBeUndefined();
});
