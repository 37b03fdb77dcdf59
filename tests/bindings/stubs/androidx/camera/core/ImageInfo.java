// SPDX-License-Identifier: MIT
package androidx.camera.core;

/** What the camera sample calls of CameraX's interface. */
public interface ImageInfo {
  int getRotationDegrees();
}
