import { checkInput } from '../../libs/aws-api/src/validate.js';
import type { StructureShape } from '../../libs/aws-api/src/model.js';
import { EverythingWorld, inputOf, operations } from './everything-world.js';
import { minimalOf } from './minimal-inputs.js';

/** An empty string is nothing: in an optional member it changes nothing, in a required one it is refused. */
type Json = Record<string, unknown>;

/** Strings that may be empty, and empty strings that ECS refuses although nothing has to be there. */
const VALUES = [
  'ClusterServiceConnectDefaultsRequest.namespace',
  'HostVolumeProperties.sourcePath',
  'KeyValuePair.value',
  'SystemControl.value',
  'Tag.key',
  'Tag.value',
];

const world = new EverythingWorld();

function told(operation: string, raw: unknown): string {
  const checked = checkInput(inputOf(operation), raw, 'InvalidParameterException');
  return JSON.stringify('rejection' in checked ? checked : world.outcome(operation, checked.input));
}

it.each(operations)('%s', (operation) => {
  const wrong: string[] = [];
  const visit = (shape: StructureShape, value: Json, put: (value: Json) => unknown, above: readonly string[]): void => {
    for (const [name, member] of shape.members) {
      const path = `${shape.name}.${name}`;
      const { [name]: own, ...others } = value;
      const empty = told(operation, put({ ...others, [name]: '' }));
      if (member.shape.kind === 'string' && !VALUES.includes(path)) {
        const isNothing = member.required ? empty.startsWith('{"rejection"') : empty === told(operation, put(others));
        if (!isNothing) wrong.push(path);
      }
      const isList = member.shape.kind === 'list';
      const inner = member.shape.kind === 'list' ? member.shape.element.shape : member.shape;
      if (!('members' in inner) || above.includes(inner.name)) continue;
      const given = (isList ? (own as Json[] | undefined)?.[0] : own) as Json | undefined;
      const wrap = (within: Json) => put({ ...others, [name]: isList ? [within] : within });
      visit(inner, given ?? minimalOf(inner), wrap, [...above, inner.name]);
    }
  };
  const shape = inputOf(operation);
  visit(shape, { ...world.sound[operation] }, (value) => value, [shape.name]);
  expect(wrong).toEqual([]);
});
