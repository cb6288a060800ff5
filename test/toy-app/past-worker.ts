import { servePast } from '#lib/app';
import type { ControlPlaneApp } from '#lib/names';
import { toy, toyEvents } from './domain.js';
import { explainCounter } from './explain.js';

await servePast({
  app: 'toy' as ControlPlaneApp,
  domain: toy,
  events: toyEvents,
  operations: ({ journal }) => ({ Explain: (state, request) => explainCounter(journal, state, request) }),
});
