// SPDX-License-Identifier: MIT
package androidx.camera.core;

/** What the camera sample needs of CameraX's class. */
public final class ImageAnalysis {
  public interface Analyzer {
    void analyze(ImageProxy image);
  }

  private ImageAnalysis() {}
}
