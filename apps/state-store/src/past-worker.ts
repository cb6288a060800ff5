import { servePast } from '#lib/app';
import { ecs } from '#lib/ecs';
import { explainPlacement } from '#lib/ecs/explain';
import { ecsEvents } from '#lib/ecs/public-events';
import { Explainer } from './explain/explainer.js';

await servePast({
  app: 'state-store',
  domain: ecs,
  events: ecsEvents,
  operations: ({ journal, states }) => {
    const explainer = new Explainer(journal, async (revision, question, { context }) => {
      const { state } = await states.at({ revision }, context);
      return { ...explainPlacement(state, question), revision };
    });
    return { Explain: (state, request, at) => explainer.explain(state, request, at) };
  },
});
