import type { Target } from '../domain/model.js';

/** Which registration of which target is spoken of: what is said of an earlier one says nothing of this one. */
export type Registration = Pick<Target, 'targetGroupArn' | 'id' | 'port' | 'registeredAt'>;

export const registrationOf = ({ targetGroupArn, id, port, registeredAt }: Target): Registration => ({
  targetGroupArn,
  id,
  port,
  registeredAt,
});
