// SPDX-License-Identifier: MIT
//
// Heap sort: in place, no recursion, no library. Not stable, so `before` must be a total order (break ties by index).
#pragma once
#include <stdint.h>

namespace skiff {

// Moves items[root] down until the heap rule holds: no parent comes before its children.
template <typename Before>
void sift_down(int32_t *items, int32_t root, int32_t count, Before before) {
  const int32_t item = items[root];
  for (int32_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
    if (child + 1 < count && before(items[child], items[child + 1])) ++child;
    if (!before(item, items[child])) break;
    items[root] = items[child];
    root = child;
  }
  items[root] = item;
}

// Sorts items[count] so that before(items[i], items[i + 1]) holds for all i. O(n log n).
template <typename Before>
void heap_sort(int32_t *items, int32_t count, Before before) {
  for (int32_t root = count / 2 - 1; root >= 0; --root) sift_down(items, root, count, before);
  for (int32_t end = count - 1; end > 0; --end) {
    const int32_t last = items[end];
    items[end] = items[0];
    items[0] = last;
    sift_down(items, 0, end, before);
  }
}

}  // namespace skiff
