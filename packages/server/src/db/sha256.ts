import { createHash, hash } from "node:crypto";

export function sha256(data: string): Uint8Array {
  return createHash("sha256").update(data).digest();
}

export function sha256Hex(data: string): string {
  return hash("sha256", data, "hex");
}
