import { type Fold, mergeRevisions, type RevisionVector } from '#lib/journal';
import type { Folded } from './api-server.js';

/**
 * The folds of an app as the API server asks them. Whatever the caller has seen, a fold has to reach the head that its journal had
 * when the app started: from an older state everything that exists would be answered as missing. Journals that the app does not
 * fold are not its to wait for.
 */
export function foldedBy(...folds: readonly Pick<Fold<unknown>, 'name' | 'revision' | 'startHead' | 'waitFor'>[]): Folded {
  return {
    revisions: () => Object.fromEntries(folds.map((fold) => [fold.name, fold.revision])),
    waitFor: async (wanted, timeoutMs) => {
      const reached = await Promise.all(
        folds.map((fold) => {
          if (fold.startHead === undefined) return Promise.resolve(false);
          const atLeast: RevisionVector = mergeRevisions({ [fold.name]: fold.startHead }, wanted);
          return fold.waitFor(atLeast[fold.name]!, timeoutMs);
        }),
      );
      return reached.every(Boolean);
    },
  };
}
