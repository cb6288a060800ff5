import { coversRevisions, type Fold, type Revision, type RevisionVector } from '#lib/journal';
import type { Folded } from './api-server.js';

/** The folds of an app as the API server asks them. Journals that the app does not fold are not its to wait for. */
export function foldedBy(...folds: readonly Pick<Fold<unknown>, 'name' | 'revision' | 'waitFor'>[]): Folded {
  const revisions = (): RevisionVector => Object.fromEntries(folds.map((fold) => [fold.name, fold.revision]));
  return {
    revisions,
    waitFor: async (wanted, timeoutMs) => {
      if (coversRevisions(revisions(), wanted)) return true;
      const reached = await Promise.all(folds.map((fold) => fold.waitFor(wanted[fold.name] ?? (0 as Revision), timeoutMs)));
      return reached.every(Boolean);
    },
  };
}
