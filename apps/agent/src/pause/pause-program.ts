/**
 * The program of the pause container: it sleeps for ever, so that the network namespace it was started in lasts. Linux, static, a hundred
 * odd bytes, made here: no compiler, no download, no shell in an image that every task has.
 */
const CODE = {
  // pause(2) again and again.
  x86_64: { machine: 0x3e, bytes: [0xb8, 0x22, 0, 0, 0, 0x0f, 0x05, 0xeb, 0xf7] },
  // ppoll(0, 0, 0, 0, 0): there is no pause(2).
  arm64: {
    machine: 0xb7,
    bytes: [0xd2800000, 0xd2800001, 0xd2800002, 0xd2800003, 0xd2800004, 0xd2800928, 0xd4000001, 0x17fffff9].flatMap((word) => [
      word & 0xff,
      (word >>> 8) & 0xff,
      (word >>> 16) & 0xff,
      word >>> 24,
    ]),
  },
} as const;

export type PauseArchitecture = keyof typeof CODE;
export const isPauseArchitecture = (architecture: string): architecture is PauseArchitecture => Object.hasOwn(CODE, architecture);

const BASE = 0x400000n;
const ELF_HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const CODE_AT = ELF_HEADER_BYTES + PROGRAM_HEADER_BYTES;

/** An ELF file with one segment, readable and executable. */
export function pauseProgram(architecture: PauseArchitecture): Buffer {
  const { machine, bytes } = CODE[architecture];
  const file = Buffer.alloc(CODE_AT + bytes.length);
  file.set([0x7f, 0x45, 0x4c, 0x46, 2, 1, 1], 0);
  file.writeUInt16LE(2, 16); // executable
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BASE + BigInt(CODE_AT), 24); // entry
  file.writeBigUInt64LE(BigInt(ELF_HEADER_BYTES), 32); // program headers
  file.writeUInt16LE(ELF_HEADER_BYTES, 52);
  file.writeUInt16LE(PROGRAM_HEADER_BYTES, 54);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(1, 64); // load
  file.writeUInt32LE(5, 68); // read, execute
  file.writeBigUInt64LE(BASE, 80);
  file.writeBigUInt64LE(BASE, 88);
  file.writeBigUInt64LE(BigInt(file.length), 96);
  file.writeBigUInt64LE(BigInt(file.length), 104);
  file.writeBigUInt64LE(0x1000n, 112);
  file.set(bytes, CODE_AT);
  return file;
}
