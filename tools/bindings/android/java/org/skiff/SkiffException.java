// SPDX-License-Identifier: MIT
package org.skiff;

/** What the library refused, and why. */
public final class SkiffException extends RuntimeException {
  private static final long serialVersionUID = 1;
  private final int status;

  SkiffException(int status, String message) {
    super(message);
    this.status = status;
  }

  /** The number of the skiff_status in skiff.h; 0 where it is none, for example a file that cannot be read. */
  public int status() {
    return status;
  }
}
