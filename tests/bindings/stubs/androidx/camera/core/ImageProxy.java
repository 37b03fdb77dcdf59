// SPDX-License-Identifier: MIT
package androidx.camera.core;

import java.nio.ByteBuffer;

/** What the camera sample calls of CameraX's interface. */
public interface ImageProxy extends AutoCloseable {
  interface PlaneProxy {
    int getRowStride();

    int getPixelStride();

    ByteBuffer getBuffer();
  }

  int getWidth();

  int getHeight();

  ImageInfo getImageInfo();

  PlaneProxy[] getPlanes();

  @Override
  void close();
}
