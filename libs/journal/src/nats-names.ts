/**
 * The names that `libs/messaging` builds. Taken from the file itself: that lib's index imports types from this one, and a circle
 * of indexes throws at load as soon as one of those imports is of a value.
 */
export { buckets, streams, subjects } from '../../messaging/src/subjects.js';
