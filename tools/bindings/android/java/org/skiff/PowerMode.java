// SPDX-License-Identifier: MIT
package org.skiff;

/**
 * On which CPUs of a phone a Detector works. The names are those of Paddle Lite, so that a setting that an app has stored is valueOf's
 * argument. Where the system does not tell its CPUs apart, or does not let the app use them, threads run where it puts them:
 * {@link Detector#powerMode} tells.
 */
public enum PowerMode {
  /** The fast ones. */
  LITE_POWER_HIGH(1),
  /** The slow ones, which need less power. */
  LITE_POWER_LOW(2),
  /** All of them, where the system puts threads. */
  LITE_POWER_FULL(0),
  /** The same. */
  LITE_POWER_NO_BIND(0),
  /** As LITE_POWER_HIGH: the group is named, never a single CPU. */
  LITE_POWER_RAND_HIGH(1),
  /** As LITE_POWER_LOW. */
  LITE_POWER_RAND_LOW(2);

  /** A skiff_pool_cluster. */
  final int cluster;

  PowerMode(int cluster) {
    this.cluster = cluster;
  }
}
