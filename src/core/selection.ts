/**
 * The `count` smallest values in order; changes the order of `values`. Quickselect (Hoare, 1961), then a sort of what
 * is asked for: linear in the values while `count` is small.
 */
export function smallest<T>(values: T[], count: number, compare: (a: T, b: T) => number): T[] {
  let from = 0;
  let to = values.length - 1;
  const last = count - 1;
  while (from < to && last >= 0 && last < values.length) {
    const pivot = median(values[from]!, values[(from + to) >> 1]!, values[to]!, compare);
    let left = from;
    let right = to;
    while (left <= right) {
      while (compare(values[left]!, pivot) < 0) left += 1;
      while (compare(values[right]!, pivot) > 0) right -= 1;
      if (left > right) break;
      [values[left], values[right]] = [values[right]!, values[left]!];
      left += 1;
      right -= 1;
    }
    if (last <= right) to = right;
    else if (last >= left) from = left;
    else break;
  }
  return values.slice(0, Math.max(0, count)).sort(compare);
}

/** Keeps values that are already in order, or in the opposite one, from taking quadratic time. */
function median<T>(a: T, b: T, c: T, compare: (a: T, b: T) => number): T {
  if (compare(a, b) < 0) return compare(b, c) < 0 ? b : compare(a, c) < 0 ? c : a;
  return compare(a, c) < 0 ? a : compare(b, c) < 0 ? c : b;
}
