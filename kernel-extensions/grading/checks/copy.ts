/**
 * A copy of plain data: arrays, typed arrays, plain objects, maps and sets, all the way down. Functions, tensors and
 * instances of classes are nobody's to copy; they stay what they are.
 */
export function copyData<T>(value: T): T {
  return copied(value, new Map()) as T;
}

function copied(value: unknown, seen: Map<unknown, unknown>): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (seen.has(value)) return seen.get(value);
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    seen.set(value, list);
    for (const item of value) list.push(copied(item, seen));
    return list;
  }
  if (ArrayBuffer.isView(value)) return structuredClone(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Map.prototype) {
    const map = new Map<unknown, unknown>();
    seen.set(value, map);
    for (const [key, item] of value as Map<unknown, unknown>) map.set(copied(key, seen), copied(item, seen));
    return map;
  }
  if (prototype === Set.prototype) {
    const set = new Set<unknown>();
    seen.set(value, set);
    for (const item of value as Set<unknown>) set.add(copied(item, seen));
    return set;
  }
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null) return value;
  const record: Record<string, unknown> = {};
  seen.set(value, record);
  for (const [key, item] of Object.entries(value)) {
    // An assignment to "__proto__" would not make a field.
    const field = { value: copied(item, seen), writable: true, enumerable: true, configurable: true };
    Object.defineProperty(record, key, field);
  }
  return record;
}
