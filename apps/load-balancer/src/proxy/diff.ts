import type { Backend, Frontend, ProxyModel, Server } from './model.js';
import { frontendLines, sectionLines } from './render.js';
import { type Runtime, type Slot, slotsFor } from './runtime.js';

/** One change that a HAProxy takes while it runs. `commands.ts` has its words for it. */
export type Step =
  | {
      readonly kind: 'enter';
      readonly backend: string;
      readonly slot: string;
      readonly server: Server;
      readonly checked: boolean;
    }
  | { readonly kind: 'drain' | 'promote' | 'resume'; readonly backend: string; readonly slot: string }
  | { readonly kind: 'leave'; readonly backend: string; readonly slot: string; readonly cut: boolean }
  | { readonly kind: 'map'; readonly map: string; readonly lines: readonly string[] };

/** Why HAProxy has to be started anew: what the counter of reloads is labelled with. */
export type ReloadReason =
  'listener-added' | 'listener-changed' | 'listener-removed' | 'target-group-added' | 'target-group-changed' | 'slots-grown';

export interface Diff {
  readonly steps: readonly Step[];
  readonly reload: readonly ReloadReason[];
}

/**
 * What is between a model and a HAProxy that runs. The steps are worth taking even where a reload follows: it may wait for others, a
 * target must not. A target group that is not used any more stays until the next reload, empty.
 */
export function diff(model: ProxyModel, runtime: Runtime, withoutEndpoints: ReadonlySet<string> = new Set()): Diff {
  const reasons = new Set<ReloadReason>();
  const steps: Step[] = [];
  for (const backend of model.backends.values()) {
    const slots = runtime.slots.get(backend.name);
    if (!slots) {
      reasons.add('target-group-added');
      continue;
    }
    if (runtime.sections.get(backend.name) !== sectionKey(backend)) reasons.add('target-group-changed');
    if (settled.get(slots) === backend) continue;
    const before = steps.length;
    if (!fillSlots(backend, slots, steps)) reasons.add('slots-grown');
    else if (steps.length === before) settled.set(slots, backend);
  }
  for (const [name, slots] of runtime.slots) {
    if (!model.backends.has(name)) emptySlots(name, slots, steps);
  }
  const maps: Step[] = [];
  for (const frontend of model.frontends.values()) {
    const known = runtime.frontends.get(frontend.name);
    const wanted = frontendKey(frontend, withoutEndpoints);
    // All of its endpoints cannot be bound: it is not there, and that is right.
    if (wanted === undefined) continue;
    if (known === undefined) reasons.add('listener-added');
    else if (known !== wanted) reasons.add('listener-changed');
    else maps.push(...mapSteps(frontend.maps, runtime.maps));
  }
  for (const name of runtime.frontends.keys()) if (!model.frontends.has(name)) reasons.add('listener-removed');
  return { steps: [...steps, ...maps], reload: [...reasons] };
}

/**
 * What a process that was replaced has to do to serve its last requests as its successor would: it checks no health any more, so it goes
 * by what its successor knows. Of the rest it can only follow what needs no reload.
 */
export function followingSteps(model: ProxyModel, current: Runtime, replaced: Runtime): readonly Step[] {
  const steps: Step[] = [];
  for (const [name, slots] of replaced.slots) {
    const backend = model.backends.get(name);
    if (!backend) {
      emptySlots(name, slots, steps);
      continue;
    }
    const up = new Set(
      (current.slots.get(name) ?? []).flatMap(({ state, isUp, address }) => (state === 'in' && isUp ? [address] : [])),
    );
    const free: Slot[] = [];
    for (const slot of slots) {
      const step = (kind: 'drain' | 'promote' | 'resume') => steps.push({ kind, backend: name, slot: slot.name });
      if (slot.state === 'free') free.push(slot);
      else if (!backend.servers.has(slot.address!))
        steps.push({ kind: 'leave', backend: name, slot: slot.name, cut: backend.cutsAtTheEnd });
      else if (!up.delete(slot.address)) {
        if (isOffered(slot)) step('drain');
      } else {
        if (!slot.isUp) step('promote');
        if (slot.state === 'draining') step('resume');
      }
    }
    for (const address of up) {
      const server = backend.servers.get(address!);
      const slot = free.shift();
      if (slot && server && !server.draining)
        steps.push({ kind: 'enter', backend: name, slot: slot.name, server, checked: false });
    }
  }
  for (const { name, maps } of model.frontends.values()) {
    const leadsNowhere = [...maps.values()].flat().some((line) => {
      const value = line.slice(line.lastIndexOf(' ') + 1);
      return value.startsWith('tg-') && !replaced.slots.has(value);
    });
    if (replaced.frontends.has(name) && !leadsNowhere) {
      steps.push(...mapSteps(new Map([...maps].filter(([map]) => replaced.maps.has(map))), replaced.maps));
    }
  }
  return steps;
}

/** Slots for which a backend had nothing to do: both are the same objects until something of them changes. */
const settled = new WeakMap<readonly Slot[], Backend>();

const keys = new WeakMap<object, string>();

/** A model's parts stay the same objects while nothing of them changes, so their texts are made once. */
function keyOf(part: object, make: () => readonly string[]): string {
  const known = keys.get(part);
  if (known !== undefined) return known;
  const key = make().join('\n');
  keys.set(part, key);
  return key;
}

export const sectionKey = (backend: Backend): string => keyOf(backend, () => sectionLines(backend));

/** Undefined where nothing of it can be bound. */
export function frontendKey(frontend: Frontend, without: ReadonlySet<string>): string | undefined {
  if (frontend.endpoints.every((endpoint) => without.has(endpoint))) return undefined;
  const files = [...frontend.files].filter(([name]) => name.endsWith('.list')).map(([, text]) => text);
  if (frontend.endpoints.some((endpoint) => without.has(endpoint)))
    return [...frontendLines(frontend, without), ...files].join('\n');
  return keyOf(frontend, () => [...frontendLines(frontend), ...files]);
}

/** False when there are not enough slots: those that are there are filled all the same. */
function fillSlots({ name, servers, check, cutsAtTheEnd }: Backend, slots: readonly Slot[], steps: Step[]): boolean {
  const placed = new Set<string>();
  const free: Slot[] = [];
  for (const slot of slots) {
    const server = slot.address === undefined ? undefined : servers.get(slot.address);
    if (slot.state === 'free') free.push(slot);
    else if (!server || placed.has(server.address) || isAnother(slot, server)) {
      steps.push({ kind: 'leave', backend: name, slot: slot.name, cut: cutsAtTheEnd });
    } else {
      placed.add(server.address);
      if (server.draining && isOffered(slot)) steps.push({ kind: 'drain', backend: name, slot: slot.name });
      else if (isFirstPass(slot)) steps.push({ kind: 'promote', backend: name, slot: slot.name });
    }
  }
  // One with connections of its earlier target comes last.
  free.sort((a, b) => a.sessions - b.sessions);
  let fits = true;
  for (const server of servers.values()) {
    // What is draining and has no slot has no connections here either.
    if (server.draining || placed.has(server.address)) continue;
    const slot = free.shift();
    if (slot) steps.push({ kind: 'enter', backend: name, slot: slot.name, server, checked: check !== undefined });
    else fits = false;
  }
  return fits || slotsFor(servers.size) <= slots.length;
}

/** Registered anew under the same address: it is a new target, which has to pass a check first. */
const isAnother = (slot: Slot, server: Server): boolean =>
  !server.draining &&
  (slot.state === 'draining' || (slot.registeredAt !== undefined && slot.registeredAt !== server.registeredAt));

/** A new target is healthy after one passed check; HAProxy's `rise` is how a target recovers. */
const isFirstPass = ({ state, enteredAtMs, isUp, health }: Slot): boolean =>
  state === 'in' && enteredAtMs !== undefined && !isUp && health > 0;

/** Also to clients with its cookie only: one that was told to drain by half. */
const isOffered = ({ state, isUp }: Slot): boolean => state === 'in' || isUp;

function emptySlots(backend: string, slots: readonly Slot[], steps: Step[]): void {
  for (const { state, name } of slots) if (state !== 'free') steps.push({ kind: 'leave', backend, slot: name, cut: true });
}

/**
 * A rule is found in one map and what it does in another, so actions that come are there before the rules are, and those that go stay
 * until no rule leads to them any more.
 */
function mapSteps(
  wanted: ReadonlyMap<string, readonly string[]>,
  known: ReadonlyMap<string, readonly string[]>,
): readonly Step[] {
  const changed = [...wanted].filter(([map, lines]) => !sameLines(lines, known.get(map)));
  if (changed.length === 0) return [];
  const selecting = changed.filter(([map]) => selects(map));
  const acting = changed.filter(([map]) => !selects(map));
  const step = ([map, lines]: (typeof changed)[number]): Step => ({ kind: 'map', map, lines });
  if (selecting.length === 0) return acting.map(step);
  const both = acting.map(([map, lines]) => ({ kind: 'map' as const, map, lines: union(lines, known.get(map) ?? []) }));
  return [...both.filter(({ map, lines }) => !sameLines(lines, known.get(map))), ...selecting.map(step), ...acting.map(step)];
}

const selects = (map: string): boolean => map.endsWith('.paths.map') || map.endsWith('.hosts.map');

/** The new ones first: where a key is in both, HAProxy takes the first. */
const union = (lines: readonly string[], old: readonly string[]): readonly string[] => [...new Set([...lines, ...old])];

const sameLines = (a: readonly string[], b: readonly string[] | undefined): boolean =>
  a === b || (b !== undefined && a.length === b.length && a.every((line, index) => line === b[index]));
