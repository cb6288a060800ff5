import { hexOf } from './container-operations.js';

describe('what is named on the engine', () => {
  const taskArn = 'arn:aws:ecs:us-east-1:000000000000:task/default/0123';

  it('is found again by a retry', () => {
    expect(hexOf({ journalId: 'a', taskArn })('web')).toBe(hexOf({ journalId: 'a', taskArn })('web'));
  });

  it('is not what another installation on the same engine names, though its task has the same ARN', () => {
    expect(hexOf({ journalId: 'a', taskArn })('web')).not.toBe(hexOf({ journalId: 'b', taskArn })('web'));
  });
});
