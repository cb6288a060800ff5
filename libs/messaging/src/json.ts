const encoder = new TextEncoder();
const decoder = new TextDecoder();

export const toJson = (value: unknown): Uint8Array => encoder.encode(JSON.stringify(value));

/** Throws a SyntaxError on anything that is not JSON. */
export const fromJson = (bytes: Uint8Array): unknown => JSON.parse(decoder.decode(bytes)) as unknown;
