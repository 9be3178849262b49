/** Secrets: made from the system's randomness, compared in constant time. */
import { createHash, createHmac, randomBytes, timingSafeEqual } from "node:crypto";

/** 24 random bytes, as 48 hexadecimal digits. */
export function makeToken(): string {
  return randomBytes(24).toString("hex");
}

/** How long it takes says nothing about where the two differ, nor about their lengths. */
export function isSameSecret(a: string, b: string): boolean {
  return timingSafeEqual(digest(a), digest(b));
}

/** Another secret that only who knows `secret` can make; `purpose` keeps the uses apart. */
export function derive(secret: string, purpose: string): string {
  return createHmac("sha256", secret).update(purpose).digest("hex");
}

function digest(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}
