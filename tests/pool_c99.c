/* SPDX-License-Identifier: MIT
 *
 * The pool's header is C99 and nothing more, and a C program links the pool without a C++ runtime. */
#include <stdio.h>

#include "engine/pool/pool.h"

static void add_one(void *arg, int32_t index) { ((int *)arg)[index] += 1; }

int main(void) {
  int counts[100] = {0}, i, failures = 0;
  skiff_pool_options options;
  skiff_pool *pool = NULL;
  skiff_pool_options_default(&options);
  if (skiff_pool_create(3, &options, &pool) != SKIFF_POOL_OK) return 1;
  skiff_pool_parallel_for(pool, 100, add_one, counts);
  skiff_pool_destroy(pool);
  for (i = 0; i < 100; ++i) failures += counts[i] != 1;
  printf("%d of 100 indices went wrong\n", failures);
  return failures != 0;
}
