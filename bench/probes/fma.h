// SPDX-License-Identifier: MIT
//
// One chain of multiply-adds per sum, and as many sums as keep every multiplier busy. Sums have names: gcc keeps no array of
// vectors in registers. The factor is a little below 1, so that sums stay finite and normal for ever.
#pragma once
#include <stdint.h>

namespace skiff {

constexpr float kFmaFactor = 0.99f, kFmaAddend = 0.01f;
constexpr int kFmaChains =
    12;  // 2 multiply-adds a cycle of at most 6 cycles each; arm64 has more registers and sometimes 4 a cycle

}  // namespace skiff

// Each does `rounds` multiply-adds of every sum, stores something that depends on them all to *out and returns how many single
// multiply-adds a round has.
extern "C" {
int64_t skiff_fma_rounds_plain(int64_t rounds, float *out);
int64_t skiff_fma_rounds_avx2(int64_t rounds, float *out);
int64_t skiff_fma_rounds_avx512(int64_t rounds, float *out);
int64_t skiff_fma_rounds_neon(int64_t rounds, float *out);
}

#define SKIFF_12_SUMS(X) X(0) X(1) X(2) X(3) X(4) X(5) X(6) X(7) X(8) X(9) X(10) X(11)
