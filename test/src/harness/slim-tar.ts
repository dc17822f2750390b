const BLOCK = 512;
/** The databases template0 and template1: most files of a data directory, which only a CREATE DATABASE would read. */
const UNUSED = /^\/base\/[14]\//;

/** A data directory of the embedded engine in a tar file, with no more than it needs: it opens in half the time. */
export function slimTar(tar: Buffer): Buffer<ArrayBuffer> {
  const kept: Buffer[] = [];
  for (let at = 0; at < tar.length; ) {
    const size = BLOCK + Math.ceil(sizeAt(tar, at) / BLOCK) * BLOCK;
    if (!UNUSED.test(nameAt(tar, at))) kept.push(tar.subarray(at, at + size));
    at += size;
  }
  return Buffer.concat(kept);
}

function nameAt(tar: Buffer, at: number): string {
  return textAt(tar, at, 100);
}

/** In octal. The blocks at the end have none. */
function sizeAt(tar: Buffer, at: number): number {
  return Number.parseInt(textAt(tar, at + 124, 12), 8) || 0;
}

function textAt(tar: Buffer, at: number, length: number): string {
  return tar.toString("latin1", at, at + length).replace(/\0.*$/s, "");
}
