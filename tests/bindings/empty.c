/* SPDX-License-Identifier: MIT
 *
 * Meson makes no library of other libraries alone. */
typedef int nothing;
